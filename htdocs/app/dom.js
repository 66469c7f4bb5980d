// dom.js - elements, without a framework: h('a', { href, class }, child, …).
// A property that begins with "on" is a listener; false, null and undefined
// leave an attribute or a child out; text is always text, never markup.

export function h(tag, props, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(props || {})) {
		if (value === false || value === null || value === undefined) continue;
		if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
		else element.setAttribute(name, value === true ? '' : value);
	}
	add(element, children);
	return element;
}

function add(element, children) {
	for (const child of children.flat(Infinity))
		if (child !== false && child !== null && child !== undefined) element.append(child);
}

export function replace(element, ...children) {
	element.replaceChildren();
	add(element, children);
	return element;
}

export { icon } from './icons.js';
