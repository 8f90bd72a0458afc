// The schema as pages to read: a list of types, a page per type, a search over all of them. The pages keep their own
// back and forward, because the browser's history belongs to the query.

import { byId, h, prose } from './dom.js';
import { coreName } from './schema.js';

const KINDS = { OBJECT: 'Object', INTERFACE: 'Interface', UNION: 'Union', ENUM: 'Enum', INPUT_OBJECT: 'Input', SCALAR: 'Scalar' };
const GROUPS = [['INTERFACE', 'Interfaces'], ['OBJECT', 'Objects'], ['UNION', 'Unions'], ['ENUM', 'Enums'], ['INPUT_OBJECT', 'Inputs'], ['SCALAR', 'Scalars']];
const MOST_FOUND = 60;

/** `retry()` asks for the schema again; `changed(open)` hears when the panel opens or closes. */
export function createDocs({ retry, changed }) {
  const [panel, page, search, count, toggle, back, forward] =
    ['docs', 'docs-page', 'docs-search', 'docs-count', 'docs-toggle', 'docs-back', 'docs-forward'].map(byId);
  const narrow = matchMedia('(max-width: 1100px)');
  const behind = [document.querySelector('main'), document.querySelector('header')];
  let schema = null;
  let problem = null;
  let visited = [null];
  let at = 0;

  function setOpen(open, { focus = true, remember = true } = {}) {
    panel.hidden = !open;
    document.body.classList.toggle('with-docs', open);
    toggle.setAttribute('aria-expanded', String(open));
    cover();
    if (focus) (open ? search : toggle).focus();
    if (remember) changed(open);
  }

  // On a narrow screen the panel lies over the page, and what is under it must not take focus.
  function cover() {
    const covers = !panel.hidden && narrow.matches;
    behind.forEach((element) => { element.inert = covers; });
    panel.setAttribute('role', covers ? 'dialog' : 'complementary');
    if (covers) panel.setAttribute('aria-modal', 'true');
    else panel.removeAttribute('aria-modal');
  }

  function visit(name, field) {
    visited = [...visited.slice(0, at + 1), name];
    at = visited.length - 1;
    search.value = '';
    draw(field, true);
  }

  function step(by) {
    at = Math.max(0, Math.min(visited.length - 1, at + by));
    search.value = '';
    draw(undefined, true);
  }

  // Following a link removes it from the page, so focus goes to the heading of the new page. A redraw for other
  // reasons leaves focus where it is.
  function draw(field, moveFocus = page.contains(document.activeElement)) {
    back.disabled = at === 0;
    forward.disabled = at === visited.length - 1;
    count.textContent = '';
    const type = schema?.types.get(visited[at]);
    page.replaceChildren(...(!schema ? unavailable() : type ? typePage(type) : rootPage()));
    page.scrollTo(0, 0);
    const target = (field && page.querySelector(`[data-field="${CSS.escape(field)}"]`)) || page.querySelector('h3');
    if (moveFocus) target?.focus({ preventScroll: true });
    if (!field || !target) return;
    target.classList.add('found');
    target.scrollIntoView({ block: 'center' });
  }

  function unavailable() {
    if (!problem) return [h('p', { class: 'calm' }, 'Reading the schema…')];
    return [
      h('h3', { tabindex: '-1' }, 'No schema to show'),
      h('p', {}, problem),
      h('p', { class: 'calm' }, 'The editor works without it. If the schema needs a token, enter one and try again.'),
      h('p', {}, h('button', { type: 'button', click: retry }, 'Try again')),
    ];
  }

  function rootPage() {
    const all = [...schema.types.values()].filter((type) => !type.name.startsWith('__'));
    const roots = Object.values(schema.roots).filter(Boolean);
    return [
      h('h3', { tabindex: '-1' }, 'Start here'),
      h('ul', { class: 'entries' }, roots.map((type) => h('li', {}, link(type.name), prose(type.description)))),
      ...GROUPS.flatMap(([kind, title]) => {
        const types = all.filter((type) => type.kind === kind && !roots.includes(type)).sort((a, b) => a.name.localeCompare(b.name));
        return types.length ? [h('h4', {}, title), h('ul', { class: 'names' }, types.map((type) => h('li', {}, link(type.name))))] : [];
      }),
      h('h4', {}, 'Directives'),
      h('ul', { class: 'entries' }, [...schema.directives.values()].map((one) =>
        h('li', {}, h('code', { class: 'signature' }, `@${one.name}`, signature(one.args)), prose(one.description)))),
    ];
  }

  function typePage(type) {
    // Scalars are found in nearly everything, which tells nobody anything.
    const usedBy = type.kind === 'SCALAR' ? [] : [...schema.types.values()].filter((one) => !one.name.startsWith('__')).flatMap((one) =>
      [...one.fields.values()].filter((field) => coreName(field.type) === type.name).map((field) => [one.name, field.name]));
    return [
      h('p', { class: 'kind' }, KINDS[type.kind] ?? type.kind),
      h('h3', { tabindex: '-1' }, type.name),
      prose(type.description),
      type.specifiedByURL ? h('p', {}, 'Specified by ', h('a', { href: safeUrl(type.specifiedByURL), rel: 'noreferrer' }, type.specifiedByURL)) : null,
      section('Implements', type.interfaces.map((name) => link(name)), 'names'),
      section('Fields', [...type.fields.values()].map(fieldEntry)),
      section('Input fields', [...type.inputFields.values()].map(inputEntry)),
      section('Values', [...type.enumValues.values()].map((value) => [
        h('code', { class: 'signature', 'data-field': value.name, tabindex: '-1' }, value.name), deprecation(value), prose(value.description)])),
      section(type.kind === 'INTERFACE' ? 'Implemented by' : 'Possible types', type.possibleTypes.map((name) => link(name)), 'names'),
      section('Found in', usedBy.map(([name, field]) => link(name, field, `${name}.${field}`)), 'names'),
    ].flat(Infinity).filter(Boolean);
  }

  const section = (title, items, list = 'entries') =>
    (items.length ? [h('h4', {}, title), h('ul', { class: list }, items.map((item) => h('li', {}, item)))] : null);

  function fieldEntry(field) {
    const described = [...field.args.values()].filter((arg) => arg.description);
    return [
      h('code', { class: 'signature', 'data-field': field.name, tabindex: '-1' },
        h('span', { class: 't-field' }, field.name), signature(field.args), ': ', typeLink(field.type)),
      deprecation(field),
      prose(field.description),
      described.length ? h('dl', {}, described.map((arg) => [h('dt', {}, h('code', {}, arg.name)), h('dd', {}, prose(arg.description))])) : null,
    ];
  }

  const inputEntry = (input) => [
    h('code', { class: 'signature', 'data-field': input.name, tabindex: '-1' },
      h('span', { class: 't-argument' }, input.name), ': ', typeLink(input.type), fallback(input)),
    prose(input.description),
  ];

  function signature(args) {
    const list = [...args.values()];
    if (!list.length) return [];
    const one = (arg) => [h('span', { class: 't-argument' }, arg.name), ': ', typeLink(arg.type), fallback(arg)];
    if (list.length === 1) return ['(', one(list[0]), ')'];
    return ['(', list.map((arg) => h('span', { class: 'argument' }, one(arg))), ')'];
  }

  const fallback = (input) => (input.defaultValue !== null && input.defaultValue !== undefined ? ` = ${input.defaultValue}` : null);
  const deprecation = (item) => (item.isDeprecated ? h('p', { class: 'deprecation' }, `Deprecated: ${item.deprecationReason ?? 'no longer supported'}`) : null);
  const safeUrl = (url) => (/^https?:\/\//i.test(url) ? url : null);

  function typeLink(ref) {
    if (ref.kind === 'NON_NULL') return [typeLink(ref.ofType), '!'];
    if (ref.kind === 'LIST') return ['[', typeLink(ref.ofType), ']'];
    return link(ref.name);
  }

  /** A link that a plain click follows inside the panel, and that a new tab opens at the same type. */
  function link(name, field, label = name) {
    return h('a', {
      href: `#type=${encodeURIComponent(name)}`, class: 'type',
      click: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
        event.preventDefault();
        visit(name, typeof field === 'string' ? field : undefined);
      },
    }, label);
  }

  function find() {
    const wanted = search.value.trim().toLowerCase();
    if (!wanted || !schema) return draw();
    const found = [];
    for (const type of schema.types.values()) {
      if (type.name.startsWith('__')) continue;
      const members = [...type.fields.values(), ...type.inputFields.values(), ...type.enumValues.values()];
      const name = type.name.toLowerCase();
      if (name.includes(wanted)) found.push({ rank: name === wanted ? 0 : name.startsWith(wanted) ? 1 : 3, type, note: KINDS[type.kind] });
      for (const member of members) {
        const full = `${name}.${member.name.toLowerCase()}`;
        const own = member.name.toLowerCase();
        if (!own.includes(wanted) && !(wanted.includes('.') && full.includes(wanted))) continue;
        found.push({ rank: own === wanted ? 1 : own.startsWith(wanted) ? 2 : 4, type, member });
      }
    }
    found.sort((a, b) => a.rank - b.rank);
    const shown = found.slice(0, MOST_FOUND);
    count.textContent = found.length === 1 ? '1 result' : `${found.length} results`;
    page.replaceChildren(
      h('h3', { tabindex: '-1' }, found.length > shown.length ? `First ${shown.length} of ${found.length} results` : count.textContent),
      h('ul', { class: 'entries' }, shown.map(({ type, member, note }) => h('li', {},
        member ? link(type.name, member.name, `${type.name}.${member.name}`) : [link(type.name), h('span', { class: 'note' }, ` ${note}`)],
        prose((member ?? type).description).slice(0, 1)))),
    );
  }

  toggle.addEventListener('click', () => setOpen(panel.hidden));
  byId('docs-close').addEventListener('click', () => setOpen(false));
  back.addEventListener('click', () => step(-1));
  forward.addEventListener('click', () => step(1));
  search.addEventListener('input', find);
  narrow.addEventListener('change', cover);
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !(event.target === search && search.value)) setOpen(false);
    if (event.key === 'Enter' && event.target === search) page.querySelector('a')?.click();
    if (event.altKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      event.preventDefault();
      step(event.key === 'ArrowLeft' ? -1 : 1);
    }
  });

  draw();
  return {
    setOpen,
    isNarrow: () => narrow.matches,
    open(name) {
      setOpen(true);
      visit(name);
    },
    load(loaded) {
      schema = loaded;
      problem = null;
      draw();
    },
    fail(message) {
      schema = null;
      problem = message;
      draw();
    },
  };
}
