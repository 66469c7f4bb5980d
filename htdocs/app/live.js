// live.js - the live connection: opened, kept, and made whole again.
//
// new Live(rooms => …) raises
//	state { state, why }	live, reconnecting, polling
//	event { room, seq, event }	each event once, whatever way it came
//	reload			more was missed than is kept: load the page anew
//	authenticated, subscribed, unsubscribed, error { code, message }
// (seed 004's messages, made from MQTT's answers; docs/live.md)
//
// After each SUBACK it asks for what came since the last event it knows, and
// again whenever a room's numbers show a gap. Where no WebSocket comes through
// after three tries it polls, and tries again each minute.

import { Mqtt } from './mqtt.js';
import { api } from './session.js';

const BACKOFF = [0, 1, 2, 4, 8, 16, 30];
const TRIES = 3, POLL = 10, RETRY = 60, SEEN = 5000;
const NOT_AUTHORISED = 0x87;

export class Live extends EventTarget {
	#mqtt = null; #timer = 0; #attempt = 0; #failures = 0; #stopped = false; #round = 0;
	#seqs = new Map(); #seen = new Set(); #last = '0'; #rooms = {}; #replaying = null;

	constructor() {
		super();
		this.state = 'reconnecting';
		this.online = () => { if (this.state !== 'live') { this.#attempt = 0; this.#later(0, () => this.#connect()); } };
		addEventListener('online', this.online);
	}

	// Begin; `last` is the id of the newest event that the page shows.
	start(last, ids = []) {
		this.#last = last || '0';
		for (const id of ids) this.#remember(id);
		this.#connect();
	}

	stop() {
		this.#stopped = true;
		removeEventListener('online', this.online);
		clearTimeout(this.#timer);
		this.#mqtt?.close();
	}

	#raise(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
	#error(code, message) { this.#raise('error', { type: 'error', code, message }); }
	#set(state, why = '') { this.state = state; this.#raise('state', { state, why }); }
	#later(seconds, what) { clearTimeout(this.#timer); if (!this.#stopped) this.#timer = setTimeout(what, seconds * 1000); }

	#remember(id) {
		this.#seen.add(id);
		if (this.#seen.size > SEEN) this.#seen.delete(this.#seen.values().next().value);
	}

	// Back-off with jitter: the broker opens a WebSocket in 100 ms, one after
	// another, so a thousand browsers must not come back at once.
	#retry(why) {
		if (this.#stopped) return;
		if (this.#failures >= TRIES) { this.#poll(POLL, why); return; }
		const base = BACKOFF[Math.min(this.#attempt++, BACKOFF.length - 1)];
		this.#set('reconnecting', why);
		this.#later(base * (0.75 + Math.random() / 2), () => this.#connect());
	}

	async #connect() {
		if (this.#stopped) return;
		clearTimeout(this.#timer);
		const round = ++this.#round;
		let stream;
		try {
			stream = await api('POST', '/activity/stream', {});
		} catch (problem) {
			if (problem.status === 401) return this.#error('AUTH_FAILED', problem.message);
			this.#failures = 0;		// the server is away, not WebSocket
			return this.#retry(problem.message);
		}
		if (round !== this.#round || this.#stopped) return;
		if (stream.poll) return this.#poll(stream.poll, 'this installation has no broker', false);
		this.#rooms = wanted(stream.rooms);
		this.#open(stream);
	}

	#open(stream) {
		const mqtt = this.#mqtt = new Mqtt(stream.url, { clientId: stream.clientId, password: stream.password });
		const rooms = this.#rooms, names = Object.keys(rooms);
		let opened = false;
		const late = setTimeout(() => { if (!opened) { this.#error('AUTH_TIMEOUT', 'no answer to CONNECT within 10 s'); mqtt.close(); } }, 10000);
		mqtt.addEventListener('connack', ({ detail }) => {
			clearTimeout(late);
			opened = true;
			if (detail.code) {
				this.#error(detail.code === NOT_AUTHORISED ? 'AUTH_FAILED' : detail.code === 0x82 ? 'ALREADY_AUTHENTICATED' : 'INVALID_FORMAT', `the broker answered 0x${detail.code.toString(16)}`);
				return mqtt.close();
			}
			this.#raise('authenticated', { userId: stream.clientId.split('.')[0] });
			mqtt.subscribe(Object.values(rooms));
		});
		mqtt.addEventListener('suback', ({ detail }) => {
			detail.codes.forEach((code, i) => code < 0x80 ? this.#raise('subscribed', { room: names[i] })
				: this.#error('INVALID_ROOM', `Room '${names[i]}' does not exist or you lack permission`));
			this.#attempt = this.#failures = 0;
			this.#seqs.clear();
			this.#set('live');
			this.#replay();
		});
		mqtt.addEventListener('message', ({ detail }) => this.#message(detail.payload));
		mqtt.addEventListener('close', ({ detail }) => {
			clearTimeout(late);
			if (this.#mqtt !== mqtt || this.#stopped) return;
			this.#mqtt = null;
			// A socket that never spoke MQTT: perhaps none comes through here.
			if (!opened) this.#failures++;
			this.#retry(detail.code ? `the broker closed the connection (0x${detail.code.toString(16)})` : 'the connection was lost');
		});
	}

	#message(payload) {
		let message;
		try { message = JSON.parse(payload); } catch { return this.#error('INVALID_JSON', 'a message is not JSON'); }
		if (message.type !== 'event') return this.#raise(message.type, message);
		const before = this.#seqs.get(message.room);
		this.#seqs.set(message.room, Math.max(before || 0, message.seq));
		this.#deliver(message);
		// A number left out: something was dropped on the way.
		if (before && message.seq > before + 1) this.#replay();
	}

	#deliver(message) {
		const { id } = message.event;
		if (this.#seen.has(id)) return;
		this.#remember(id);
		this.#last = id;
		this.#raise('event', message);
	}

	// Ask for what came since the last event, of the rooms listened to.
	#replay() {
		const rooms = Object.keys(this.#rooms).filter((r) => !r.startsWith('user:')).join(',');
		this.#replaying ||= api('GET', `/activity?after=${this.#last}${rooms ? `&rooms=${rooms}` : ''}`).then((answer) => {
			for (const message of answer.data) this.#deliver(message);
			if (answer.truncated) this.#raise('reload');
			return true;
		}).finally(() => { this.#replaying = null; });
		return this.#replaying.catch(() => false);
	}

	// REST in place of the WebSocket.
	#poll(seconds, why, retry = true) {
		const until = Date.now() + RETRY * 1000;
		const round = ++this.#round;
		this.#set('polling', why);
		const turn = async () => {
			if (this.#stopped || round !== this.#round) return;
			const good = await this.#replay();
			if (this.#stopped || round !== this.#round) return;
			if (!good && this.state === 'polling') this.#set('reconnecting', 'the server does not answer');
			else if (good && this.state !== 'polling') this.#set('polling', why);
			if (retry && Date.now() > until) { this.#failures = TRIES - 1; this.#connect(); return; }
			this.#later(seconds, turn);
		};
		turn();
	}

	// A new beginning of what the page knows, after it was loaded anew.
	restart(last, ids) {
		this.#last = last || this.#last;
		for (const id of ids) this.#remember(id);
	}
}

// Where everything is heard (owner, admin) the teams' rooms are not needed.
function wanted(rooms) {
	const org = Object.keys(rooms).find((r) => r.startsWith('org:'));
	return Object.fromEntries(Object.entries(rooms).filter(([name]) => org ? !name.startsWith('team:') : true));
}
