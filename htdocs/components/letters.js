// letters.js - what is done with a dead letter, on each of its pages.
//
//	replay(letter)		true when it is taken up
//	discard(letter)		true when it is gone
//	inBytes(n)

import { number } from '../app/format.js';
import { api } from '../app/session.js';
import { confirm } from './dialog.js';
import { words } from './form.js';
import { toast } from './toast.js';

export const inBytes = (n) => n === null || n === undefined ? 'not kept' : n >= 1048576 ? `${number(Math.round(n / 104857.6) / 10)} MB` : n >= 1024 ? `${number(Math.round(n / 1024))} KB` : `${number(n)} bytes`;

// It waits then, and is no dead letter until it cannot be read once more.
export async function replay(letter) {
	try {
		await api('POST', `/dead-letters/${letter.id}/replay`);
		toast(`The ${letter.event} is read again within a minute. If that cannot be, it comes back.`);
		return true;
	} catch (problem) {
		toast(`It is not tried: ${words(problem)}`, { bad: true });
		return false;
	}
}
export async function discard(letter) {
	const done = await confirm({ title: `Discard this ${letter.event}?`, danger: true, action: 'Discard', text: 'What it would have told is missing from the figures, unless the history is read anew. This cannot be undone.', does: () => api('DELETE', `/dead-letters/${letter.id}`) });
	if (done) toast('It is discarded.');
	return done;
}
