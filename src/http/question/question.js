// Shows a reader what became of her question. All that stands behind # is the secret of her link, #wsq_…: it is not sent to
// the server with the address, so it is in no log. It is taken out of the address at once and kept in memory only.

const QUESTION = `state receivedAt text displayName email
  consents { answerPrivately publishParaphrase wording { version answerPrivately publishParaphrase } }
  replies { at text } publication { text label } answers { title url }`;
const REFUSALS = 'userErrors { path code message }';
const ASKED = `query($secret: String!) { askedQuestion(secret: $secret) { ${QUESTION} } }`;
const CHANGE = `mutation($input: ChangeQuestionConsentsInput!) {
  outcome: changeQuestionConsents(input: $input) { question { ${QUESTION} } ${REFUSALS} } }`;
const WITHDRAW = `mutation($input: AskedQuestionInput!) {
  outcome: withdrawQuestion(input: $input) { question { ${QUESTION} } ${REFUSALS} } }`;
const ERASE = `mutation($input: AskedQuestionInput!) { outcome: eraseQuestion(input: $input) { erased ${REFUSALS} } }`;

const SENTENCES = {
  RECEIVED: 'We have your question; nobody has decided about it yet.',
  ACCEPTED: 'Your question will be answered.',
  ANSWERED: 'Your question is answered.',
  DECLINED: 'Your question will not be answered.',
  WITHDRAWN: 'You took your question back. It will not be answered.',
};
const ENDED = 'This link does not work, or no longer does. Perhaps a part of it is missing, or the question was erased.';
const UNREACHABLE = 'The server could not be reached. Try again in a moment.';

const byId = (id) => document.getElementById(id);
const title = byId('title');
const lead = byId('lead');

let busy = false;

const secret = location.hash.slice(1);
history.replaceState(null, '', location.pathname);

// A link pasted into the address bar of this page changes only what stands behind #, which loads nothing by itself.
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#wsq_')) location.reload();
});

if (secret.startsWith('wsq_')) open();

byId('again').addEventListener('click', ({ target }) => once(target, async () => {
  await open();
  if (byId('again').hidden) title.focus();
}));

byId('copy').addEventListener('click', async () => {
  const link = `${location.origin}${location.pathname}#${secret}`;
  say('keep', '');
  try {
    await navigator.clipboard.writeText(link);
    say('keep', 'Copied. Keep it where only you see it.');
  } catch {
    // Without a secure page, or without leave, there is no clipboard; then she copies by hand.
    byId('by-hand').hidden = false;
    byId('link').value = link;
    byId('link').focus();
    byId('link').select();
    say('keep', 'This browser does not copy by itself. Copy the link from the field.');
  }
});

byId('consents').addEventListener('submit', (event) => {
  event.preventDefault();
  const consents = { answerPrivately: byId('answer').checked, publishParaphrase: byId('publish').checked };
  once(byId('save'), async () => {
    const outcome = await change('consents', CHANGE, { secret, consents });
    if (!outcome) return;
    if (outcome.question) show(outcome.question);
    say('consents', 'Saved.');
  });
});

byId('withdraw').addEventListener('click', ({ target }) => once(target, async () => {
  const outcome = await change('withdraw', WITHDRAW, { secret });
  if (!outcome?.question) return;
  show(outcome.question);
  title.focus();
}));

byId('erase').addEventListener('click', () => {
  if (busy) return;
  say('erase', '');
  byId('sure').showModal();
});
byId('spare').addEventListener('click', () => byId('sure').close());
byId('confirm').addEventListener('click', () => {
  byId('sure').close();
  once(byId('erase'), async () => {
    const outcome = await change('erase', ERASE, { secret });
    if (!outcome) return;
    end(outcome.erased ? 'Everything is erased. Your link no longer works.' : ENDED);
    title.focus();
  });
});

async function open() {
  lead.textContent = 'Looking for your question…';
  const { data, problem } = await send(ASKED, { secret });
  byId('again').hidden = !problem;
  if (problem) {
    // The address no longer holds the secret, so a reload would not help her: the button and her link must be at hand.
    lead.textContent = problem;
    byId('keep').hidden = false;
  } else if (data.askedQuestion) {
    show(data.askedQuestion);
  } else {
    end(ENDED);
  }
}

function show(question) {
  const { text, displayName, email, consents, replies, publication, answers } = question;
  tell(question);

  byId('answers').replaceChildren(...answers.map((answer) => item(reference(answer))));
  byId('answers-part').hidden = answers.length === 0;
  byId('replies').replaceChildren(...replies.map((reply) => item(day(reply.at), words(reply.text))));
  byId('replies-part').hidden = replies.length === 0;

  byId('words').textContent = text ?? '';
  byId('words').hidden = text === null;
  byId('erased').hidden = text !== null;
  const facts = [['Sent', day(question.receivedAt)], ['Name', displayName], ['E-mail', email]];
  byId('facts').replaceChildren(...facts.filter(([, value]) => value).map(([name, value]) => fact(name, value)));

  byId('paraphrase').textContent = publication?.text ?? '';
  byId('byline').textContent = publication?.label ?? '';
  byId('publication').hidden = !publication;
  byId('private').hidden = Boolean(publication);

  byId('consents-part').hidden = !consents;
  if (consents) {
    byId('answer').checked = Boolean(email) && consents.answerPrivately;
    byId('answer-wording').textContent = consents.wording.answerPrivately;
    // Without an address there is nobody to write to, whatever was agreed to once.
    byId('answer').closest('label').hidden = !email;
    byId('publish').checked = consents.publishParaphrase;
    byId('publish-wording').textContent = consents.wording.publishParaphrase;
  }

  byId('withdraw-part').hidden = question.state === 'WITHDRAWN';
  byId('unanswered').hidden = ['ANSWERED', 'DECLINED'].includes(question.state);
  byId('kept').hidden = text === null;
  byId('keep').hidden = false;
  byId('question').hidden = false;
}

// Says the same sentence only once, because a live region that is filled again is read out again.
function tell({ state, email, consents, answers }) {
  let sentence = SENTENCES[state] ?? 'We have your question.';
  if (state === 'DUPLICATE') {
    sentence = 'Somebody asked the same before; the answer will be listed here.';
    // Only who left an address and may be written to is promised a letter.
    if (email && consents?.answerPrivately) sentence = 'Somebody asked the same before; you hear from us when it is answered.';
    if (answers.length > 0) sentence = 'Somebody asked the same before, and it is answered.';
  }
  if (lead.textContent !== sentence) lead.textContent = sentence;
}

// What was shown leaves the page as well: an erased question must not stay behind in a tab.
function end(sentence) {
  lead.textContent = sentence;
  byId('keep').remove();
  byId('question').remove();
}

function reference({ title: name, url }) {
  let address;
  try {
    address = new URL(url, location.href);
  } catch {
    return name;
  }
  if (!['http:', 'https:'].includes(address.protocol)) return name;
  // In this tab the way back could load the page anew, without the secret.
  return make('a', { textContent: name, href: address.href, target: '_blank', rel: 'noreferrer' });
}

function item(...content) {
  const element = make('li', {});
  element.append(...content);
  return element;
}

function words(text) {
  return make('blockquote', { textContent: text, className: 'words', dir: 'auto' });
}

function fact(name, value) {
  const description = make('dd', { dir: 'auto' });
  description.append(value);
  const element = make('div', {});
  element.append(make('dt', { textContent: name }), description);
  return element;
}

function day(moment) {
  const text = new Date(moment).toLocaleDateString(undefined, { dateStyle: 'long' });
  return make('time', { textContent: text, dateTime: moment });
}

function make(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

// One message at a time: what was said of an earlier step may no longer be so.
function say(place, text) {
  for (const note of document.querySelectorAll('.note')) note.textContent = '';
  byId(`${place}-note`).textContent = text;
}

// A disabled button would lose the focus, so a busy one only says that it is, and nothing else starts meanwhile.
async function once(button, work) {
  if (busy) return;
  busy = true;
  button.setAttribute('aria-disabled', 'true');
  try {
    await work();
  } finally {
    busy = false;
    button.removeAttribute('aria-disabled');
  }
}

// Gives the outcome, or nothing when it was refused; a refusal is told beside the button that was pressed.
async function change(place, query, input) {
  say(place, '');
  const { data, problem } = await send(query, { input });
  const refusal = problem ?? data.outcome.userErrors.map(({ message }) => message).join('\n');
  if (!refusal) return data.outcome;
  say(place, refusal);
  return null;
}

async function send(query, variables) {
  try {
    const response = await fetch('graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) return { problem: errors[0].message };
    if (data) return { data };
  } catch {
    // What stands between the reader and the server may answer with a page of its own, which is no answer either.
  }
  return { problem: UNREACHABLE };
}
