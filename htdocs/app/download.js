// download.js - bytes that were asked for with a token, as a file of the person's.

import { h } from './dom.js';

export function saveFile(bytes, name) {
	const url = URL.createObjectURL(bytes), link = h('a', { href: url, download: name });
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 10000);
}
