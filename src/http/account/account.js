// Chooses a password with a link that works once: #setup=…, #invitation=… or #reset=…; #forgot=1 asks for such a link. What
// stands behind # is not sent to the server with the address, so it is in no log; it is taken out of the address at once.

const SESSION = 'token expiresAt userErrors { path code message }';
const MUTATIONS = {
  setup: `mutation($input: SetUpInput!) { outcome: setUp(input: $input) { ${SESSION} } }`,
  invitation: `mutation($input: ChoosePasswordInput!) { outcome: choosePassword(input: $input) { ${SESSION} } }`,
};
MUTATIONS.reset = MUTATIONS.invitation;
MUTATIONS.forgot = `mutation($input: RequestPasswordResetInput!) {
  outcome: requestPasswordReset(input: $input) { userErrors { path code message } } }`;

const WORDS = {
  setup: ['Make the first account', 'You will be the owner of this site.'],
  invitation: ['Join the team', 'Choose a password for your account.'],
  reset: ['Choose another password', 'You will be signed out everywhere else.'],
  forgot: ['Ask for another password', 'A link comes by mail, if the address has an account.'],
};

const byId = (id) => document.getElementById(id);
const form = byId('form');
const status = byId('status');

const [purpose, token] = location.hash.slice(1).split('=');
history.replaceState(null, '', location.pathname);

if (MUTATIONS[purpose] && token) {
  const [title, lead] = WORDS[purpose];
  document.title = title;
  byId('title').textContent = title;
  byId('lead').textContent = lead;
  for (const field of form.querySelectorAll('[data-for]')) {
    if (!field.dataset.for.split(' ').includes(purpose)) field.remove();
  }
  form.hidden = false;
  form.querySelector('input').focus();
}

byId('show')?.addEventListener('change', (event) => {
  byId('password').type = event.target.checked ? 'text' : 'password';
});

byId('copy').addEventListener('click', async () => {
  byId('token').select();
  await navigator.clipboard?.writeText(byId('token').value);
  status.textContent = 'Copied.';
});

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  clearErrors();
  const button = form.querySelector('button');
  button.disabled = true;
  try {
    const fields = [...form.elements].filter((element) => element.name);
    const secret = purpose === 'forgot' ? {} : { token };
    const input = { ...secret, ...Object.fromEntries(fields.map((field) => [field.name, field.value])) };
    const response = await fetch('graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query: MUTATIONS[purpose], variables: { input } }),
    });
    const { data, errors } = await response.json();
    if (errors) {
      status.textContent = errors[0].message;
    } else {
      show(data.outcome);
    }
  } catch {
    status.textContent = 'The server could not be reached. Try again in a moment.';
  } finally {
    button.disabled = false;
  }
});

function show({ token: session, userErrors }) {
  if (userErrors.length === 0) {
    form.hidden = true;
    byId('lead').textContent = '';
    if (purpose === 'forgot') {
      status.textContent = 'If the address has an account, a link is on its way. It works for an hour.';
      return;
    }
    byId('token').value = session;
    byId('done').hidden = false;
    status.textContent = 'Your password is saved.';
    return;
  }
  let first;
  for (const { path, message } of userErrors) {
    const field = byId(path.at(-1) === 'token' ? 'nothing' : path.at(-1));
    if (!field || !form.contains(field)) {
      status.textContent = message;
      continue;
    }
    field.setAttribute('aria-invalid', 'true');
    byId(`${field.id}-error`).textContent = message;
    first ??= field;
  }
  first?.focus();
}

function clearErrors() {
  status.textContent = '';
  for (const error of form.querySelectorAll('.error')) error.textContent = '';
  for (const field of form.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid');
}
