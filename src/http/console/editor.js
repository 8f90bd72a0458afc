// A textarea with colours. A painted copy of the text lies under the transparent text of a real textarea, so that
// selection, undo, spelling of keys, touch and screen readers are the browser's own. Both fill one grid cell and the
// frame around them scrolls, which leaves no scroll positions to keep in step.

import { h, paint } from './dom.js';
import { createPopup } from './popup.js';

/**
 * `tokens(source)` paints; `offer(source, offset)` suggests and may be absent; `changed()` is told about every edit.
 */
export function createEditor(textarea, { tokens, offer, changed, rows = 1 }) {
  const frame = textarea.parentElement;
  const gutter = h('pre', { class: 'gutter', 'aria-hidden': 'true' });
  const under = h('pre', { class: 'paint', 'aria-hidden': 'true' });
  const body = h('div', { class: 'editor-body' }, gutter, under);
  frame.append(body);
  body.append(textarea);
  for (const [name, value] of Object.entries({ autocomplete: 'off', autocapitalize: 'off', autocorrect: 'off', spellcheck: 'false', wrap: 'off' })) {
    textarea.setAttribute(name, value);
  }

  const popup = offer ? createPopup(textarea, ({ from, to, text }) => {
    textarea.setSelectionRange(from, to);
    insert(text);
    if (text.endsWith(': ')) suggest(true);
  }) : null;

  function repaint() {
    const source = textarea.value;
    paint(under, source, tokens(source));
    // A last line without text has no height of its own.
    under.append('\n');
    const lines = Math.max(rows, source.split('\n').length);
    gutter.textContent = Array.from({ length: lines }, (_, i) => i + 1).join('\n');
    textarea.scrollTop = 0;
    textarea.scrollLeft = 0;
  }

  /** Where the caret is on the screen, measured in the painted copy. */
  function caretBox() {
    let left = textarea.selectionEnd;
    const range = document.createRange();
    const walker = document.createTreeWalker(under, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (left <= node.length) {
        range.setStart(node, left);
        range.setEnd(node, left);
        const box = range.getClientRects()[0] ?? null;
        if (box?.height) return box;
        break;
      }
      left -= node.length;
    }
    // An empty line gives no rectangle, so its place is computed.
    const before = textarea.value.slice(0, textarea.selectionEnd).split('\n');
    const style = getComputedStyle(under);
    const outer = under.getBoundingClientRect();
    const height = parseFloat(style.lineHeight);
    const top = outer.top + parseFloat(style.paddingTop) + (before.length - 1) * height;
    return { left: outer.left + parseFloat(style.paddingLeft), top, bottom: top + height };
  }

  function reveal() {
    const caret = caretBox();
    const view = frame.getBoundingClientRect();
    const gutterEnd = view.left + gutter.offsetWidth + 8;
    if (caret.bottom > view.bottom - 10) frame.scrollTop += caret.bottom - view.bottom + 14;
    if (caret.top < view.top) frame.scrollTop -= view.top - caret.top + 14;
    if (caret.left > view.right - 24) frame.scrollLeft += caret.left - view.right + 64;
    if (caret.left < gutterEnd) frame.scrollLeft -= gutterEnd - caret.left + 32;
  }

  // `insertText` is the one way of changing a textarea that keeps the browser's undo.
  function insert(text) {
    textarea.focus();
    const done = text ? document.execCommand('insertText', false, text) : document.execCommand('delete');
    if (done) return;
    textarea.setRangeText(text, textarea.selectionStart, textarea.selectionEnd, 'end');
    textarea.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }

  function suggest(asked) {
    const { selectionStart: at, selectionEnd: end, value } = textarea;
    const found = at === end ? offer(value, at) : null;
    const pointless = found && found.items.length === 1 && found.items[0].label === found.prefix;
    if (!found || pointless || (!asked && !found.prefix && !/[($@]$/.test(value.slice(0, at)))) popup.close();
    else popup.open(found, caretBox);
  }

  function newLine() {
    const { selectionStart: at, value } = textarea;
    const line = value.slice(value.lastIndexOf('\n', at - 1) + 1, at);
    const indent = /^[ \t]*/.exec(line)[0];
    const opens = /[{([]\s*$/.exec(line)?.[0].trim();
    if (!opens) return insert(`\n${indent}`);
    const closing = { '{': '}', '(': ')', '[': ']' }[opens];
    const rest = value.slice(textarea.selectionEnd);
    const closesHere = rest.trimStart().startsWith(closing) && !/^\s*\n/.test(rest);
    const missing = value.split(opens).length > value.split(closing).length;
    insert(`\n${indent}  ${closesHere ? `\n${indent}` : missing ? `\n${indent}${closing}` : ''}`);
    const caret = at + 1 + indent.length + 2;
    textarea.setSelectionRange(caret, caret);
  }

  /** A closing bracket that opens its line steps out one level. */
  function closeBracket(bracket) {
    const { selectionStart: at, selectionEnd: end, value } = textarea;
    const start = value.lastIndexOf('\n', at - 1) + 1;
    if (at !== end || !/^ {2,}$/.test(value.slice(start, at))) return false;
    textarea.setSelectionRange(at - 2, at);
    insert(bracket);
    return true;
  }

  textarea.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (popup?.key(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (popup && event.ctrlKey && event.code === 'Space') {
      event.preventDefault();
      suggest(true);
    } else if (event.key === 'Enter' && !plain) {
      popup?.close();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      newLine();
    } else if (plain && (event.key === '}' || event.key === ']') && closeBracket(event.key)) {
      event.preventDefault();
    }
  });

  textarea.addEventListener('input', (event) => {
    repaint();
    reveal();
    if (popup) {
      const typed = event.inputType === 'insertText' && event.data && /[\w$@(]$/.test(event.data) && event.data.length === 1;
      if (typed || (popup.isOpen() && event.inputType?.startsWith('delete'))) suggest(false);
      else popup.close();
    }
    changed();
  });

  // Movement by keys shows the caret; movement by a pointer is left alone, since it would tear at a selection.
  textarea.addEventListener('keyup', (event) => {
    if (!/^(Arrow|Home|End|Page)/.test(event.key)) return;
    reveal();
    if (popup?.isOpen() && /^(ArrowLeft|ArrowRight|Home|End)/.test(event.key)) popup.close();
  });
  textarea.addEventListener('blur', () => popup?.close());
  textarea.addEventListener('pointerdown', () => popup?.close());
  frame.addEventListener('scroll', () => popup?.replace(), { passive: true });
  addEventListener('resize', () => popup?.close());

  repaint();
  return {
    text: () => textarea.value,
    /** Puts a text in before anything was typed. */
    load(text) {
      textarea.value = text;
      repaint();
      frame.scrollTo(0, 0);
    },
    /** Replaces the text in a way that undo takes back. */
    replace(text) {
      if (text === textarea.value) return;
      textarea.setSelectionRange(0, textarea.value.length);
      insert(text);
      textarea.setSelectionRange(0, 0);
      frame.scrollTo(0, 0);
    },
    goTo(line, column) {
      const before = textarea.value.split('\n').slice(0, line - 1);
      const at = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
      textarea.focus();
      textarea.setSelectionRange(at, at);
      reveal();
    },
  };
}
