// team-fields.js - what a team has, as fields of a form: name, zone, sprints.

import { zones } from '../app/format.js';
import { field } from './field.js';

export const teamFields = (team) => [
	field({ name: 'name', label: 'Name', value: team.name, required: true, maxlength: 100, autocomplete: 'off' }),
	field({ name: 'timeZone', label: 'Time zone', type: 'select', value: team.timeZone, options: [...new Set([team.timeZone, ...zones()])].filter(Boolean).map((z) => [z, z.replaceAll('_', ' ')]), hint: 'Its days and weeks begin and end in it.' }),
	field({ name: 'sprintLengthDays', label: 'Sprint', type: 'number', value: team.sprintLengthDays, min: 1, max: 90, step: 1, unit: 'days' }),
	field({ name: 'sprintStart', label: 'A day on which a sprint began', type: 'date', value: team.sprintStart?.slice(0, 10) || '' }),
];

// What is left empty is not said.
export const teamValues = (values) => Object.fromEntries(Object.entries(values).filter(([, v]) => v !== '' && v !== null));
