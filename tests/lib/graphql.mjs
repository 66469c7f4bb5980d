// graphql.mjs - as much of GraphQL as a query of ours says: variables, aliases,
// arguments, fragments. A field that the data does not have is an error, as it
// is at GitHub.
const lex = (text) => text.match(/"(?:[^"\\]|\\.)*"|\.\.\.|[_A-Za-z]\w*|-?\d+|[{}()[\]:$!=]/g);

function parse(query) {
  const t = lex(query);
  let i = 0;
  const take = (x) => { if (t[i] !== x) throw new Error(`Parse error on "${t[i]}"`); i++; };
  const value = () => {
    if (t[i] === '$') { i += 2; return { variable: t[i - 1] }; }
    if (t[i] === '{') { i++; const o = {}; while (t[i] !== '}') { const k = t[i]; i += 2; o[k] = value(); } i++; return { object: o }; }
    const x = t[i++];
    return { literal: /^["-\d]/.test(x) ? JSON.parse(x) : x };
  };
  const set = () => {
    const out = [];
    take('{');
    while (t[i] !== '}') {
      if (t[i] === '...') { i++; if (t[i] === 'on') { const on = t[i + 1]; i += 2; out.push({ on, set: set() }); } else out.push({ spread: t[i++] }); continue; }
      const f = { name: t[i++], args: {} };
      f.as = f.name;
      if (t[i] === ':') { i++; f.name = t[i++]; }
      if (t[i] === '(') { i++; while (t[i] !== ')') { const k = t[i]; i += 2; f.args[k] = value(); } i++; }
      if (t[i] === '{') f.set = set();
      out.push(f);
    }
    i++;
    return out;
  };
  const doc = { fragments: {} };
  while (i < t.length) {
    if (t[i] === 'fragment') { const name = t[i + 1]; i += 4; doc.fragments[name] = set(); } else { while (t[i] !== '{') i++; doc.set = set(); }
  }
  return doc;
}
const parsed = new Map();

export function run(query, variables, root) {
  if (!parsed.has(query)) parsed.set(query, parse(query));
  const doc = parsed.get(query);
  const give = (v) => ('variable' in v ? variables[v.variable] : 'object' in v ? Object.fromEntries(Object.entries(v.object).map(([k, x]) => [k, give(x)])) : v.literal);
  const pick = (set, from, out = {}) => {
    for (const f of set) {
      if (f.spread) pick(doc.fragments[f.spread], from, out);
      else if (f.on) { if (f.on === from.__typename) pick(f.set, from, out); } else {
        if (!(f.name in from)) throw Object.assign(new Error(`Field '${f.name}' doesn't exist`), { type: 'undefinedField' });
        const args = Object.fromEntries(Object.entries(f.args).map(([k, v]) => [k, give(v)])), got = typeof from[f.name] === 'function' ? from[f.name](args) : from[f.name];
        out[f.as] = got == null || !f.set ? got ?? null : Array.isArray(got) ? got.map((x) => pick(f.set, x)) : pick(f.set, got);
      }
    }
    return out;
  };
  try { return { data: pick(doc.set, root) }; } catch (e) { return { data: null, errors: [{ type: e.type, message: e.message }] }; }
}
