// session.js - who is signed in, what he may, and every call to the API.
//
// The access token lives in this module's memory only. The refresh cookie is
// the browser's and no script sees it; it brings a new token after a reload and
// before the old one ends. Tabs that refresh at once are told apart by the
// server.

const BASE = '/api/v1';
let token = null, ends = 0, renewing = null;
export let user = null;
export let me = null;		// GET auth/me, when it has been asked for
export const events = new EventTarget();	// 'signedout', 'me'

export class Problem extends Error {
	constructor(status, body) {
		super(body?.detail || body?.title || `The server answered ${status}`);
		this.status = status;
		this.title = body?.title;
		this.type = body?.type || '';
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
	token = user = me = null;
	hint.is = what;
	if (was) events.dispatchEvent(new Event('signedout'));
}

// JSON, unless the body is bytes (a Blob).
const packed = (body) => body === undefined ? {} : body instanceof Blob ? { body, type: body.type } : { body: JSON.stringify(body), type: 'application/json' };

async function send(method, path, content, signal) {
	const { body = method === 'GET' ? undefined : '', type } = packed(content);
	const response = await fetch(BASE + path, {
		method, signal, body, credentials: 'same-origin', cache: 'no-store',
		headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(type ? { 'content-type': type } : {}) },
	});
	if (response.ok) return response;
	const problem = new Problem(response.status, await response.json().catch(() => null));
	problem.retryAfter = Number(response.headers.get('retry-after')) || 0;
	throw problem;
}

const read = (response) => response.status === 204 ? null : response.json().catch(() => null);
const call = async (...what) => read(await send(...what));

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
async function asked(method, path, body) {
	if (token && Date.now() > ends - 60000) await renew();
	try {
		return await send(method, path, body);
	} catch (problem) {
		if (problem.status !== 401 || !(await renew())) throw problem;
		return send(method, path, body);
	}
}
export const api = async (...what) => read(await asked(...what));
export const apiBytes = async (path) => (await asked('GET', path)).blob();

// What may be asked without a session, and gives none.
export const ask = (method, path, body) => call(method, path, body);

// An answer that signs in: login, a verified address, an invitation, a switch.
function enter(answer) {
	hint.is = HERE;
	me = null;
	take(answer);
}
export const signIn = async (email, password) => enter(await call('POST', '/auth/login', { email, password }));
export const signInBy = async (path, body) => {
	const answer = await api('POST', path, body);
	if (answer?.accessToken) enter(answer);
	return answer;
};
// GitHub leads back with the cookie set: ask for it then.
export const expectSession = () => { if (hint.is !== LEFT) hint.is = HERE; };

// Who he is and what he may, now. Raises 'me' with what was known before.
export async function loadMe() {
	const was = user, before = me, now = await api('GET', '/auth/me');
	if (!user || user.id !== was?.id) return me;	// gone, or another, meanwhile
	me = { rights: [], organisations: [], ...now };
	user = { ...user, name: now.name, role: now.role };
	events.dispatchEvent(new CustomEvent('me', { detail: before }));
	return me;
}
export const may = (right) => !right || Boolean(me?.rights.includes(right));

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

// The server has ended this session itself.
export const ended = () => forget();

export const leaving = () => hint.is === LEFT;
