// session.js - who is signed in, and every call to the API.
//
// The access token lives in this module's memory only. The refresh cookie is
// the browser's and no script sees it; it brings a new token after a reload and
// before the old one ends. Tabs that refresh at once are told apart by the
// server.

const BASE = '/api/v1';
let token = null, ends = 0, renewing = null;
export let user = null;
export const events = new EventTarget();	// 'signedout'

export class Problem extends Error {
	constructor(status, body) {
		super(body?.detail || body?.title || `The server answered ${status}`);
		this.status = status;
		this.title = body?.title;
		this.errors = body?.errors || [];
		this.retryAfter = 0;
	}
}

// Only that there may be a session, so that a visitor without one is not asked
// for a cookie that he cannot have.
const hint = {
	get set() { try { return localStorage.getItem('pulse.session') === '1'; } catch { return true; } },
	set set(on) { try { if (on) localStorage.setItem('pulse.session', '1'); else localStorage.removeItem('pulse.session'); } catch { /* not kept */ } },
};

function take(answer) {
	hint.set = true;
	token = answer.accessToken;
	ends = Date.now() + answer.expiresIn * 1000;
	user = answer.user;
}

function forget() {
	const was = user;
	token = user = null;
	hint.set = false;
	if (was) events.dispatchEvent(new Event('signedout'));
}

async function call(method, path, body) {
	const response = await fetch(BASE + path, {
		method, credentials: 'same-origin', cache: 'no-store',
		headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
		body: body === undefined ? (method === 'GET' ? undefined : '') : JSON.stringify(body),
	});
	if (response.status === 204) return null;
	const answer = await response.json().catch(() => null);
	if (response.ok) return answer;
	const problem = new Problem(response.status, answer);
	problem.retryAfter = Number(response.headers.get('retry-after')) || 0;
	throw problem;
}

// A new token for the cookie. False: there is nobody signed in any more.
export function renew() {
	if (!token && !hint.set) return Promise.resolve(false);
	renewing ||= call('POST', '/auth/refresh').then((answer) => { take(answer); return true; }, (problem) => {
		if (problem instanceof Problem && problem.status < 500) { forget(); return false; }
		throw problem;
	}).finally(() => { renewing = null; });
	return renewing;
}

// Ask the API as the person signed in; a token near its end is renewed first,
// one that was refused is renewed once.
export async function api(method, path, body) {
	if (token && Date.now() > ends - 60000) await renew();
	try {
		return await call(method, path, body);
	} catch (problem) {
		if (problem.status !== 401 || !(await renew())) throw problem;
		return call(method, path, body);
	}
}

export async function signIn(email, password) {
	take(await call('POST', '/auth/login', { email, password }));
}

export async function signOut() {
	try { await call('POST', '/auth/logout'); } finally { forget(); }
}
