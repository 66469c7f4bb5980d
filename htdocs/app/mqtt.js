// mqtt.js - as much of MQTT 5 (OASIS, 2019) as a page that listens needs:
// connect, subscribe, receive at QoS 0 and 1, ping. It publishes nothing.
//
// new Mqtt(url, { clientId, password, keepalive }) raises
//	connack { code }, suback { id, codes }, unsuback { id }, message { topic,
//	payload }, close { code, clean }
// `code` is MQTT's reason code; 0 is success, 0x87 not authorised, 0x98 kicked.

const CONNECT = 1, CONNACK = 2, PUBLISH = 3, PUBACK = 4, SUBSCRIBE = 8, SUBACK = 9, UNSUBSCRIBE = 10, UNSUBACK = 11, PINGREQ = 12, PINGRESP = 13, DISCONNECT = 14;
const encoder = new TextEncoder(), decoder = new TextDecoder();

const text = (string) => { const b = encoder.encode(string); return [b.length >> 8, b.length & 255, ...b]; };

function packet(type, flags, body) {
	const length = [];
	for (let rest = body.length; ;) {
		const digit = rest % 128;
		rest = Math.floor(rest / 128);
		length.push(digit | (rest ? 128 : 0));
		if (!rest) break;
	}
	return new Uint8Array([type << 4 | flags, ...length, ...body]);
}

export class Mqtt extends EventTarget {
	#socket; #timer; #silence; #held = new Uint8Array(0); #id = 0; #reason = 0; #clean = false;

	constructor(url, { clientId, password, keepalive = 26 }) {
		super();
		this.#socket = new WebSocket(url, 'mqtt');
		this.#socket.binaryType = 'arraybuffer';
		this.#socket.onopen = () => {
			// Clean start, a password without a user name, keep-alive, no properties.
			this.#send(CONNECT, 0, [...text('MQTT'), 5, 0x42, keepalive >> 8, keepalive & 255, 0, ...text(clientId), ...text(password)]);
			this.#timer = setInterval(() => this.#ping(keepalive), keepalive * 1000);
		};
		this.#socket.onmessage = (event) => this.#take(new Uint8Array(event.data));
		this.#socket.onclose = () => this.#closed();
		this.heard = Date.now();
	}

	#raise(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
	#send(type, flags, body) { if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(packet(type, flags, body)); }
	#next() { this.#id = this.#id % 65535 + 1; return this.#id; }

	#ping(keepalive) {
		this.#send(PINGREQ, 0, []);
		// No answer within ten seconds: the connection is gone, whatever it says.
		clearTimeout(this.#silence);
		const asked = Date.now();
		this.#silence = setTimeout(() => { if (this.heard < asked) this.close(); }, Math.min(10, keepalive) * 1000);
	}

	#closed() {
		clearInterval(this.#timer);
		clearTimeout(this.#silence);
		if (this.#timer === null) return;
		this.#timer = null;
		this.#raise('close', { code: this.#reason, clean: this.#clean });
	}

	subscribe(filters) {
		const id = this.#next();
		this.#send(SUBSCRIBE, 2, [id >> 8, id & 255, 0, ...filters.flatMap((f) => [...text(f), 1])]);
		return id;
	}

	unsubscribe(filters) {
		const id = this.#next();
		this.#send(UNSUBSCRIBE, 2, [id >> 8, id & 255, 0, ...filters.flatMap((f) => text(f))]);
		return id;
	}

	close() {
		this.#clean = true;
		this.#send(DISCONNECT, 0, []);
		this.#socket.close();
		this.#closed();
	}

	// Packets may come several in a frame, or one in several frames.
	#take(bytes) {
		this.heard = Date.now();
		const all = new Uint8Array(this.#held.length + bytes.length);
		all.set(this.#held);
		all.set(bytes, this.#held.length);
		let at = 0;
		for (;;) {
			let length = 0, shift = 0, p = at + 1, more = true;
			while (more && p < all.length && shift < 28) {
				length |= (all[p] & 127) << shift;
				more = all[p++] > 127;
				shift += 7;
			}
			if (more && shift >= 28) return this.close();
			if (more || p + length > all.length) break;
			this.#handle(all[at] >> 4, all[at] & 15, all.subarray(p, p + length));
			at = p + length;
		}
		this.#held = all.slice(at);
	}

	#handle(type, flags, b) {
		const word = (i) => b[i] << 8 | b[i + 1];
		// Properties: a length of at most four digits, then that many bytes.
		const skip = (i) => {
			let length = 0, shift = 0, digit;
			do { digit = b[i++]; length |= (digit & 127) << shift; shift += 7; } while (digit > 127 && shift < 28);
			return i + length;
		};
		if (type === CONNACK) { this.#reason = b[1]; this.#raise('connack', { code: b[1] }); }
		else if (type === SUBACK) this.#raise('suback', { id: word(0), codes: [...b.subarray(skip(2))] });
		else if (type === UNSUBACK) this.#raise('unsuback', { id: word(0) });
		else if (type === DISCONNECT) { this.#reason = b.length ? b[0] : 0; this.#socket.close(); this.#closed(); }
		else if (type === PUBLISH) {
			const end = 2 + word(0), qos = flags >> 1 & 3, id = qos ? word(end) : 0;
			const payload = b.subarray(skip(end + (qos ? 2 : 0)));
			if (qos) this.#send(PUBACK, 0, [id >> 8, id & 255]);
			this.#raise('message', { topic: decoder.decode(b.subarray(2, end)), payload: decoder.decode(payload) });
		} else if (type !== PINGRESP && type !== PUBACK) this.close();
	}
}
