// subscriber.mjs - who listens: MQTT 5 over a WebSocket, as the page does it
// (htdocs/app/mqtt.js), with as little work as can be, so that 500 of them in
// one process measure the server and not themselves.
import { require } from '../../tests/lib/tap.mjs';

const WebSocket = require('ws');
const text = (s) => { const b = Buffer.from(s); return Buffer.concat([Buffer.from([b.length >> 8, b.length & 255]), b]); };
function packet(type, ...parts) {
  const body = Buffer.concat(parts), length = [];
  for (let rest = body.length; ;) { length.push(rest % 128 + (rest > 127 ? 128 : 0)); rest >>= 7; if (!rest) break; }
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

// Resolves when the subscription is acknowledged; `hear(bytes)` for each frame
// behind it. Returns the socket.
export function subscribe(url, { clientId, password, filter, headers = {}, hear }) {
  return new Promise((ok, no) => {
    const ws = new WebSocket(url, 'mqtt', { headers });
    ws.on('error', no);
    ws.on('open', () => ws.send(packet(0x10, text('MQTT'), Buffer.from([5, password ? 0x42 : 2, 0, 120, 0]), text(clientId), ...(password ? [text(password)] : []))));
    ws.on('message', (bytes) => {
      const type = bytes[0] >> 4;
      if (type === 2) {
        if (bytes[3]) return no(new Error(`CONNACK 0x${bytes[3].toString(16)}`));
        ws.send(packet(0x82, Buffer.from([0, 1, 0]), text(filter), Buffer.from([0])));
      } else if (type === 9) {
        if (bytes.at(-1) > 2) return no(new Error(`SUBACK 0x${bytes.at(-1).toString(16)}`));
        ok(ws);
      } else if (type === 3) hear(bytes);
    });
  });
}
