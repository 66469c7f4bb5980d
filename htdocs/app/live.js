// live.js - the live connection: opened, kept, and made whole again.
//
// new Live() raises
//	state { state, why }	live, reconnecting, polling
//	event { room, seq, event }	each event once, whatever way it came
//	reload			more was missed than is kept: load the page anew
//	authenticated, subscribed, unsubscribed, error { code, message }
// (seed 004's messages, made from MQTT's answers; docs/live.md)
// new Live({ quiet: true }) hears the notices of the person's own room and of his
// organisation's only, and how its jobs go on, and asks for nothing that was missed: that it was opened
// anew is what its page wants to know.
//
// After each SUBACK it asks for what came since the last event it knows, and
// whenever a room's numbers show a gap, for what that room had since the event
// before the gap. It is live when all of that has come; until then it asks
// again, more slowly each time. Where no WebSocket comes through after three
// tries it polls, and tries again each minute; each ten seconds where one came
// through before, since then it is the broker that is away.
//
// An id names a place in the order of the rooms; ids themselves do not rise
// with it. So what a room may lack is kept as the id to ask from, and goes only
// when an answer has come.

import { Mqtt } from './mqtt.js';
import { api } from './session.js';

const BACKOFF = [0, 1, 2, 4, 8, 16, 30];
const TRIES = 3, POLL = 10, RETRY = 60, RETRY_KNOWN = 9, SEEN = 5000;
const NOT_AUTHORISED = 0x87;

export class Live extends EventTarget {
	#mqtt = null; #timer = 0; #attempt = 0; #failures = 0; #stopped = false; #round = 0; #quiet;
	#seen = new Set(); #last = '0'; #rooms = {};
	#ready = null;			// the connection that had its SUBACK
	#came = false;			// one had, once
	#healing = null;		// the connection whose replay is not complete
	#places = new Map();		// room: { seq, id } of the newest there
	#missing = new Map();		// room: the id since which it may lack events
	#replaying = null;

	constructor({ quiet = false } = {}) {
		super();
		this.#quiet = quiet;
		this.state = 'reconnecting';
		this.online = () => {
			if (this.state === 'live') return;
			this.#attempt = 0;
			this.#later(0, () => { if (this.#ready) this.#heal(this.#ready); else this.#connect(); });
		};
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
	#retry(why, trouble = null) {
		if (this.#stopped) return;
		if (this.#failures >= TRIES) { this.#poll(POLL, why); return; }
		this.#set('reconnecting', why);
		this.#later(this.#pause(this.#attempt++, trouble), () => this.#connect());
	}

	#pause(tries, trouble) {
		const base = BACKOFF[Math.min(tries, BACKOFF.length - 1)] * (0.75 + Math.random() / 2);
		return Math.max(base, (trouble?.retryAfter || 0) * (1 + Math.random() / 4));
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
			return this.#retry(problem.message, problem);
		}
		if (round !== this.#round || this.#stopped) return;
		if (stream.poll) return this.#poll(stream.poll, 'this installation has no broker', false);
		this.#rooms = this.#quiet ? notices(stream.rooms) : wanted(stream.rooms);
		this.#open(stream);
	}

	#open(stream) {
		const before = this.#mqtt;
		this.#mqtt = this.#ready = this.#healing = null;
		before?.close();
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
			this.#ready = mqtt;
			this.#came = true;
			this.#askSince(names.filter((_, i) => detail.codes[i] < 0x80));
			this.#heal(mqtt);
		});
		mqtt.addEventListener('message', ({ detail }) => this.#message(detail.payload));
		mqtt.addEventListener('close', ({ detail }) => {
			clearTimeout(late);
			if (this.#mqtt !== mqtt || this.#stopped) return;
			this.#mqtt = this.#ready = this.#healing = null;
			// A socket that never spoke MQTT: perhaps none comes through here.
			if (!opened) this.#failures++;
			this.#retry(detail.code ? `the broker closed the connection (0x${detail.code.toString(16)})` : 'the connection was lost');
		});
	}

	#message(payload) {
		let message;
		try { message = JSON.parse(payload); } catch { return this.#error('INVALID_JSON', 'a message is not JSON'); }
		const gap = message.seq && !this.#quiet && this.#place(message);
		if (message.type !== 'event') this.#raise(message.type, message);
		else if (this.#deliver(message)) this.#last = message.event.id;
		if (gap && this.#ready && this.#healing !== this.#ready) this.#heal(this.#ready);
	}

	// How far a room has been heard. True: a number was left out, something was
	// dropped on the way, and is to be asked for since the event before.
	#place({ room, seq, event }) {
		const before = this.#places.get(room);
		if (before && seq <= before.seq) return false;
		this.#places.set(room, { seq, id: event?.id || before?.id || this.#last });
		if (!before || seq === before.seq + 1) return false;
		this.#miss(room, before.id);
		return true;
	}

	// What is missing for longer stays so.
	#miss(room, since) { if (!this.#missing.has(room)) this.#missing.set(room, since); }

	// False: it was known.
	#deliver(message) {
		const { id } = message.event;
		if (this.#seen.has(id)) return false;
		this.#remember(id);
		this.#raise('event', message);
		return true;
	}

	// These rooms may lack what came since the last event; others are not heard
	// any more. Without a name the server knows which are the caller's.
	#askSince(names) {
		if (this.#quiet) return;
		const rooms = names.filter((r) => !r.startsWith('user:'));
		if (!rooms.length) rooms.push('');
		for (const room of this.#missing.keys()) if (!rooms.includes(room)) this.#missing.delete(room);
		for (const room of rooms) this.#miss(room, this.#last);
	}

	// Until nothing is missing, one question after another: what is found
	// missing meanwhile is asked behind, since the answer under way may be
	// older. Fails with the first question that does.
	#replay() {
		const all = async () => {
			try {
				while (this.#missing.size && !this.#stopped) await this.#ask();
			} finally {
				this.#replaying = null;
			}
		};
		return this.#replaying ||= this.#missing.size ? all() : null;
	}

	// One question for each id that is asked from; mostly there is one.
	async #ask() {
		const asked = this.#missing;
		this.#missing = new Map();
		try {
			for (const since of new Set(asked.values())) {
				const rooms = [...asked.keys()].filter((r) => asked.get(r) === since);
				await this.#askFor(since, rooms);
				for (const room of rooms) asked.delete(room);
			}
		} finally {
			// Not answered: missing still, and since longer than what came to it.
			for (const [room, since] of asked) if (!room || room in this.#rooms) this.#missing.set(room, since);
		}
	}

	async #askFor(since, rooms) {
		const names = rooms.join(',');
		const { data, truncated } = await api('GET', `/activity?after=${since}${names && `&rooms=${names}`}`);
		if (this.#stopped) return;
		for (const message of data) {
			const before = this.#places.get(message.room);
			if (!before || message.seq > before.seq) this.#places.set(message.room, { seq: message.seq, id: message.event.id });
			this.#deliver(message);
		}
		// What was heard live meanwhile is further.
		if (data.length && since === this.#last) this.#last = data.at(-1).event.id;
		if (!truncated) return;
		// The page takes over: what it loads is newer than this answer.
		for (const room of rooms) this.#places.delete(room);
		this.#raise('reload');
	}

	// What was missed while this connection was not there, or got lost on it.
	async #heal(mqtt, tries = 1) {
		this.#healing = mqtt;
		let trouble = null;
		try { await this.#replay(); } catch (problem) { trouble = problem; }
		if (this.#stopped || this.#ready !== mqtt) return;
		if (!trouble && this.#missing.size) return this.#heal(mqtt);
		if (!trouble) {
			this.#healing = null;
			if (this.state !== 'live') this.#set('live');
		} else if (trouble.status !== 401) {	// 401: nobody is signed in any more
			this.#set('reconnecting', `what was missed could not be asked for: ${trouble.message}`);
			this.#later(this.#pause(tries, trouble), () => this.#heal(mqtt, tries + 1));
		}
	}

	// REST in place of the WebSocket.
	#poll(seconds, why, retry = true) {
		const until = Date.now() + (this.#came ? RETRY_KNOWN : RETRY) * 1000;
		const round = ++this.#round;
		this.#set('polling', why);
		const turn = async () => {
			if (this.#stopped || round !== this.#round) return;
			let trouble = null;
			this.#askSince(Object.keys(this.#rooms));
			try { await this.#replay(); } catch (problem) { trouble = problem; }
			if (this.#stopped || round !== this.#round) return;
			if (trouble && this.state === 'polling') this.#set('reconnecting', 'the server does not answer');
			else if (!trouble && this.state !== 'polling') this.#set('polling', why);
			if (retry && Date.now() > until) { this.#failures = TRIES - 1; this.#connect(); return; }
			this.#later(Math.max(seconds, trouble?.retryAfter || 0), turn);
		};
		turn();
	}

	// What the page knows after it was loaded anew. A page that shows a part only
	// may have heard of newer ones.
	restart(last, ids) {
		if (last && BigInt(last) > BigInt(this.#last)) this.#last = last;
		for (const id of ids) this.#remember(id);
	}
}

// Where everything is heard (owner, admin) the teams' rooms are not needed.
function wanted(rooms) {
	const org = Object.keys(rooms).find((r) => r.startsWith('org:'));
	return Object.fromEntries(Object.entries(rooms).filter(([name]) => org ? !name.startsWith('team:') : true));
}

function notices(rooms) {
	const own = Object.entries(rooms).filter(([name]) => /^(user|org):/.test(name));
	const streams = (name) => name.startsWith('org:') ? ['notice', 'job'] : ['notice'];
	return Object.fromEntries(own.flatMap(([name, filter]) => streams(name).map((s) => [`${name}/${s}`, filter.replace(/#$/, s)])));
}
