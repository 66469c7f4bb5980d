// field.js - one labelled input that can say what is wrong with it.
//
//	field({ name, label, type, value, hint, required, check, options, … })
//
// type: text email search number date colour textarea select switch; what else
// is given becomes an attribute (autocomplete, maxlength, min …). check(value)
// returns what is wrong, or nothing. A field is { name, element, input, value,
// say(message), check() }; form.js takes a list of them.

import { h } from '../app/dom.js';

let count = 0;
const missing = { email: 'An e-mail address is needed', select: 'Please choose' };

function made(type, id, { value, options, ...rest }) {
	if (type === 'select') return h('select', { id, class: 'select', ...rest }, options.map(([v, label]) => h('option', { value: v, selected: String(v) === String(value ?? '') }, label)));
	if (type === 'textarea') {
		const area = h('textarea', { id, rows: 4, ...rest });
		area.value = value ?? '';
		return area;
	}
	if (type === 'switch') return h('input', { id, type: 'checkbox', role: 'switch', class: 'switch', checked: Boolean(value), ...rest });
	return h('input', { id, type, value: value ?? '', ...rest });
}

export function field({ name, label, type = 'text', hint, check, required = false, unseen = false, unit, id = `f${++count}-${name}`, ...rest }) {
	const isSwitch = type === 'switch';
	const wrong = h('span', { class: 'wrong', id: `${id}-wrong` });
	const help = hint && h('span', { class: 'hint', id: `${id}-hint` }, hint);
	const input = made(type, id, { name, required, 'aria-describedby': help ? `${help.id} ${wrong.id}` : wrong.id, ...rest });
	const text = h('label', { for: id, class: unseen ? 'unseen' : null }, label);
	const say = (message) => {
		wrong.textContent = message || '';
		if (message) input.setAttribute('aria-invalid', 'true'); else input.removeAttribute('aria-invalid');
	};
	input.addEventListener('input', () => say(''));
	const self = {
		name, input, say, id, wrong,
		get value() { return isSwitch ? input.checked : type === 'number' ? (input.value === '' ? null : Number(input.value)) : type === 'textarea' ? input.value : input.value.trim(); },
		set value(v) { if (isSwitch) input.checked = v; else input.value = v ?? ''; say(''); },
		check() {
			const { validity: v } = input;
			return required && !isSwitch && !input.value.trim() ? missing[type] || `${label} is needed`
				: v.typeMismatch || v.badInput ? (type === 'email' ? 'This is not an e-mail address' : 'This cannot be read')
				: v.rangeUnderflow ? `${input.min} or more, please` : v.rangeOverflow ? `${input.max} or less, please`
				: v.stepMismatch ? 'A whole number, please'
				: v.tooLong ? `${input.maxLength} characters at most` : check?.(self.value) || '';
		},
	};
	self.element = isSwitch
		? h('div', { class: 'field switching' }, h('div', {}, text, help, wrong), input)
		: h('div', { class: 'field' }, text, help, unit ? h('div', { class: 'with-unit' }, input, h('span', { class: 'soft' }, unit)) : input, wrong);
	return self;
}
