// contrast.js - the contrast of two colours (WCAG 2.2, relative luminance), and
// a colour made readable. Colours are #rrggbb.

const parts = (colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
const hex = (rgb) => '#' + rgb.map((v) => Math.round(v).toString(16).padStart(2, '0')).join('');
export const isColour = (colour) => /^#[0-9a-f]{6}$/i.test(colour);

function luminance(colour) {
	const [r, g, b] = parts(colour).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a, b) {
	const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
	return (high + 0.05) / (low + 0.05);
}

// So much of `b` in `a`, 0 to 1.
export const mixed = (a, b, share) => hex(parts(a).map((v, i) => v + (parts(b)[i] - v) * share));

// The colour, or the nearest mixture with black or white, that keeps `least` on
// all of these surfaces.
export function readable(colour, surfaces, least = 4.5) {
	const towards = luminance(surfaces[0]) > 0.4 ? '#000000' : '#ffffff';
	for (let share = 0; share <= 1; share += 0.02) {
		const tried = mixed(colour, towards, share);
		if (surfaces.every((s) => contrast(tried, s) >= least)) return tried;
	}
	return towards;
}
export const onColour = (colour) => contrast('#ffffff', colour) >= 4.5 ? '#ffffff' : '#14142b';
