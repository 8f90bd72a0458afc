// Builds elements. Text from the server only ever becomes a text node, so an answer or a description cannot
// turn into markup.

export const byId = (id) => document.getElementById(id);

/** Makes an element. A prop that is a function becomes a listener; `null` and `false` leave an attribute out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Appends `source` to `parent` with one span per token; what lies between tokens stays plain text. */
export function paint(parent, source, tokens) {
  const fragment = document.createDocumentFragment();
  let at = 0;
  for (const token of tokens) {
    if (!token.paint) continue;
    if (token.start > at) fragment.append(source.slice(at, token.start));
    const span = document.createElement('span');
    span.className = `t-${token.paint}`;
    span.textContent = source.slice(token.start, token.end);
    fragment.append(span);
    at = token.end;
  }
  fragment.append(source.slice(at));
  parent.replaceChildren(fragment);
}

/** Paragraphs of a description, with `code` between backticks. The rest of Markdown reads well enough as it is. */
export function prose(text) {
  return (text ?? '').trim().split(/\n\s*\n/).filter(Boolean).map((paragraph) =>
    h('p', {}, paragraph.split(/(`[^`]+`)/).map((part) =>
      /^`[^`]+`$/.test(part) ? h('code', {}, part.slice(1, -1)) : part)));
}
