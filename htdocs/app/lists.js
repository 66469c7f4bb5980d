// lists.js - lists of the API are pages, {"data":[…],"next":cursor|null}.

import { api } from './session.js';

const PAGES = 50;

// All of a short list (members, teams, tokens). A plain array is whole as it is.
export async function everything(path) {
	const rows = [];
	let cursor = null;
	for (let page = 0; page < PAGES; page++) {
		const answer = await api('GET', cursor ? `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}` : path);
		if (Array.isArray(answer)) return answer;
		rows.push(...answer.data);
		cursor = answer.next;
		if (!cursor) break;
	}
	return rows;
}
