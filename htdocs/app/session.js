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
// for a cookie that he cannot have; or that one was left and the server does
// not know of it yet.
const HERE = '1', LEFT = 'left', SIGN_OUT_WAIT = 10000;
let unkept = HERE;	// where the browser keeps nothing for us
const hint = {
	get is() { try { return localStorage.getItem('pulse.session'); } catch { return unkept; } },
	set is(what) { unkept = what; try { if (what) localStorage.setItem('pulse.session', what); else localStorage.removeItem('pulse.session'); } catch { /* not kept */ } },
};

function take(answer) {
	// Another tab that goes on does not undo a sign-out.
	if (hint.is !== LEFT) hint.is = HERE;
	token = answer.accessToken;
	ends = Date.now() + answer.expiresIn * 1000;
	user = answer.user;
}

function forget(what = null) {
	const was = user;
	token = user = null;
	hint.is = what;
	if (was) events.dispatchEvent(new Event('signedout'));
}

async function call(method, path, body, signal) {
	const response = await fetch(BASE + path, {
		method, signal, credentials: 'same-origin', cache: 'no-store',
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
	if (!token && hint.is !== HERE) return Promise.resolve(false);
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
	const answer = await call('POST', '/auth/login', { email, password });
	hint.is = HERE;
	take(answer);
}

// The refresh cookie suffices, so this works after the token's hour as well.
// What is shown goes in any case; but where the server could not be told, the
// session is still open: leaving() is true until another signOut() got through.
export async function signOut() {
	try {
		await call('POST', '/auth/logout', undefined, AbortSignal.timeout(SIGN_OUT_WAIT));
	} catch (problem) {
		// 401: there is nothing that could be left.
		if (problem.status !== 401) {
			forget(LEFT);
			throw problem;
		}
	}
	forget();
}

export const leaving = () => hint.is === LEFT;
