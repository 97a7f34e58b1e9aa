// Writing a version to its end: marks and fixes, values that stop a text, contract and roles as saved, tokens, and how versions fare.
import { CONTRACT, expect, hydrated, kept, leaveEditor, logIn, messageField, onWord, openEditor, shown, test, writeMessage } from './fixtures.mjs';
import { newTemplate } from './rest.mjs';

const line = (page, number) => page.locator('.code-editor .view-line').nth(number - 1);
const mark = (page, kind) => page.locator(`.code-editor .squiggly-${kind}`);
const value = (page, name) => page.getByLabel(name, { exact: true });
const version = (call, key, number) => call('GET', `/admin/prompts/templates/${key}/versions/${number}`);

async function save(page) {
  await page.getByRole('button', { name: 'Save version' }).click();
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
}

// The one mark of its kind lies over that line.
async function expectMarked(page, kind, number) {
  const top = async (found) => Math.round((await found.boundingBox())?.y ?? -1);
  await expect(mark(page, kind)).toHaveCount(1);
  await expect.poll(async () => (await top(mark(page, kind))) - (await top(line(page, number)))).toBe(0);
}

// What lint says of a text, as a mark: its kind and line, what the fix is called, and what it leaves.
const MENDED = 'Answer politely.\nIn one sentence.\nBe kind.';
const FINDINGS = {
  hint: { kind: 'info', number: 2, text: MENDED.replace('sentence.', 'sentence.   '), fix: 'Remove spaces at the end of lines' },
  warning: { kind: 'warning', number: 3, text: MENDED.replace('Be', 'Be\u2060'), fix: 'Remove them' },
};

for (const [severity, { kind, number, text, fix }] of Object.entries(FINDINGS)) {
  test(`a ${severity} of lint is a mark on its line, and mended by keys`, async ({ page }) => {
    await openEditor(page, 'linted', { template_text: 'Hello.' });
    await writeMessage(page, 1, text);
    await expectMarked(page, kind, number);
    await line(page, number).click();
    await page.keyboard.press('End');
    await page.keyboard.press('Control+.');
    await expect(page.locator('.action-widget').getByRole('option', { name: fix })).toBeVisible();
    await page.keyboard.press('Enter');
    await expect(messageField(page, 1)).toHaveValue(MENDED);
    await expect(mark(page, kind)).toHaveCount(0);
  });
}

test('where the values alone stop a text, its line is told, linked and marked', async ({ page }) => {
  const parameters = [{ name: 'user', type: 'object', required: true, description: 'Who asks' }];
  await openEditor(page, 'stopped', { template_text: 'Hello.\nYou live in {{ user.address.city }}.', parameters });
  await value(page, 'user').fill('{"address": {"city": "Bonn"}}');
  await expect(shown(page)).toContainText('You live in Bonn.');
  await expect(mark(page, 'warning')).toHaveCount(0);
  await value(page, 'user').fill('{}');
  await expect(shown(page)).toContainText("With these values the text can't be rendered:");
  await expect(shown(page)).toContainText('The last preview that worked:');
  await expect(page.locator('.all-clear'), 'it would be saved').toBeVisible();
  await expectMarked(page, 'warning', 2);
  await shown(page).getByRole('link', { name: /^Message 1 Line 2, column \d+: an attribute is read of something/ }).click();
  await expect(page.locator('.code-editor .monaco-editor.focused')).toBeVisible();
  await page.keyboard.press('End');
  await page.keyboard.type('!');
  await expect(messageField(page, 1)).toHaveValue('Hello.\nYou live in {{ user.address.city }}.!');
  await value(page, 'user').fill('{"address": {"city": "Ulm"}}');
  await expect(shown(page)).toContainText('You live in Ulm.!');
  await expect(shown(page)).not.toContainText("can't be rendered");
  await expect(mark(page, 'warning')).toHaveCount(0);
});

test('an editor that goes takes its model along', async ({ page }) => {
  // Monaco shows itself to a page that asks for it before its scripts run.
  await page.addInitScript(() => { self.MonacoEnvironment = { globalAPI: true }; });
  const { key } = await openEditor(page, 'disposed');
  const alive = () => page.evaluate(() => [self.monaco.editor.getModels().length, self.monaco.editor.getEditors().length]);
  await writeMessage(page, 1, 'First');
  await page.getByRole('button', { name: 'Add message' }).click();
  await writeMessage(page, 2, 'Second');
  expect(await alive()).toEqual([2, 2]);
  await page.getByRole('button', { name: 'Remove message 1' }).click();
  await expect.poll(alive).toEqual([1, 1]);
  expect(await page.evaluate(() => self.monaco.editor.getModels()[0].getValue())).toBe('Second');
  await leaveEditor(page, key);
  await expect.poll(alive).toEqual([0, 0]);
});

test('a text that does too much with a large value runs out of its fuel in the browser, too, and the next key previews again', async ({ page }) => {
  const text = '{% for i in range(3000) %}{% if first|upper == "B" %}{% endif %}{% endfor %}{{ first[:3] }}';
  await openEditor(page, 'slow', { template_text: text, parameters: [{ name: 'first', type: 'string', required: true }] });
  await expect(shown(page).locator('pre')).toHaveText('[fi');
  await value(page, 'first').evaluate((area) => {
    area.value = 'a'.repeat(240_000);
    area.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await expect(shown(page)).toContainText('read more than they may');
  await value(page, 'first').press('Control+a');
  await value(page, 'first').pressSequentially('bcde');
  await expect(shown(page)).not.toContainText('read more than they may');
  await expect(shown(page).locator('pre')).toHaveText('bcd');
});

const FAMILIES = ['OpenAI since GPT-4o', 'OpenAI before', 'Claude', 'Gemini', 'Llama', 'Mistral', 'DeepSeek', 'Grok', 'Command', 'Nova', 'others'];

test('tokens are told for each family of models, and the price with the longest answer', async ({ page }) => {
  await openEditor(page, 'priced', { template_text: 'Be kind, brief and unmistakable. '.repeat(40), config: { model: 'gpt-4o' } });
  const families = page.locator('details').filter({ hasText: 'Tokens by model family' });
  await families.locator('summary').click();
  await expect(families.getByRole('rowheader')).toHaveText(FAMILIES);
  const texts = await families.getByRole('cell').allTextContents();
  const counts = texts.map((text) => Number(/^about (\d+)$/.exec(text)?.[1]));
  expect(counts).toHaveLength(FAMILIES.length);
  for (const count of counts) expect(count).toBeGreaterThan(100);
  expect(new Set(counts).size, 'tokenizers differ').toBeGreaterThan(2);

  const tokens = page.locator('.token-count');
  await expect(tokens).not.toContainText('at most');
  await page.getByLabel('Max tokens').fill('1000');
  const told = /^\d+ tokens · \$(0\.\d{4}) before the answer, at most \$(0\.\d{4}) with it, at prices of \d{4}-\d\d-\d\d$/;
  await expect(tokens).toHaveText(told);
  const [, input, most] = told.exec(await tokens.textContent()).map(Number);
  expect(most - input, 'a thousand tokens of gpt-4o').toBeCloseTo(0.01, 3);
  // A longer text makes more in every row.
  await writeMessage(page, 1, 'Be kind, brief and unmistakable. '.repeat(80).trim());
  await expect.poll(async () => (await families.getByRole('cell').allTextContents()).every((text, i) => Number(text.slice(6)) > counts[i])).toBe(true);
});

// Fills in a parameter's row, its folded rules included.
async function describe(page, number, { name, type, required, default: start, description, ...rules }) {
  await page.getByRole('button', { name: 'Add parameter' }).click();
  const row = page.getByRole('group', { name: `Parameter ${number}` });
  await row.getByLabel('Name').fill(name);
  await row.getByLabel('Type').selectOption(type);
  await row.getByLabel('Required').setChecked(required);
  if (start !== undefined) await row.getByLabel('Default').fill(String(start));
  if (description) await row.getByLabel('Description').fill(description);
  await row.locator('summary', { hasText: 'Rules' }).click();
  const labels = { enum: 'Allowed values', min: 'Least', max: 'Most', pattern: 'Pattern' };
  for (const [rule, is] of Object.entries(rules)) await row.getByLabel(labels[rule]).fill([is].flat().join(', '));
}

const PARAMETERS = [
  { name: 'code', type: 'string', required: true, description: 'The airport\nby its letters', pattern: '[A-Z]{3}', max: 3 },
  { name: 'days', type: 'integer', required: false, default: 7, description: 'How long', min: 1, max: 30 },
  { name: 'tone', type: 'string', required: false, default: 'friendly', enum: ['formal', 'friendly'] },
  { name: 'polite', type: 'boolean', required: true },
];

test('a contract is saved as it was typed, and its choices are tried in the preview', async ({ page }) => {
  const { key, call } = await openEditor(page, 'typed', { template_text: 'Hello.' });
  await writeMessage(page, 1, '{{ code }} for {{ days }} days, {{ tone }}, {% if polite %}please{% else %}now{% endif %}.');
  for (const [at, parameter] of PARAMETERS.entries()) await describe(page, at + 1, parameter);
  const choices = (name) => value(page, name).locator('option');
  await expect(choices('tone')).toHaveText(['Left out', 'formal', 'friendly']);
  await expect(choices('polite')).toHaveText(['Left out', 'true', 'false']);
  await value(page, 'days').fill('');
  await value(page, 'code').fill('cgn');
  await expect(page.locator('.variable').filter({ hasText: 'code' })).toContainText('must match');
  await value(page, 'code').fill('CGN');
  await value(page, 'tone').selectOption('formal');
  await value(page, 'polite').selectOption('false');
  await expect(shown(page)).toContainText('CGN for 7 days, formal, now.');
  await value(page, 'tone').selectOption('Left out');
  await value(page, 'polite').selectOption('true');
  await expect(shown(page)).toContainText('CGN for 7 days, friendly, please.');
  await save(page);
  expect((await version(call, key, 2)).parameters).toEqual(PARAMETERS);
});

test('a value that nobody typed follows the type and the choices of its parameter', async ({ page }) => {
  await openEditor(page, 'made_up', { template_text: 'Hello.' });
  await writeMessage(page, 1, '{{ days }} days, {{ tone }}.');
  await describe(page, 1, { name: 'days', type: 'integer', required: true, min: 3 });
  await describe(page, 2, { name: 'tone', type: 'string', required: true, enum: ['formal', 'friendly'] });
  await expect(value(page, 'days')).toHaveValue('3');
  await expect(value(page, 'tone')).toHaveValue('formal');
  await expect(shown(page)).toContainText('3 days, formal.');
});

test('the role that is chosen for a message is saved with it', async ({ page }) => {
  const { key, call } = await openEditor(page, 'roles');
  await page.getByRole('button', { name: 'Add message' }).click();
  await writeMessage(page, 2, 'Where is my parcel?');
  await page.getByLabel('Role of message 2').selectOption('assistant');
  await page.getByLabel('Role of message 1').selectOption('user');
  await expect(shown(page)).toContainText(/user[\s\S]*assistant/i);
  await save(page);
  const { messages } = await version(call, key, 2);
  expect(messages.map(({ role, content }) => [role, content])).toEqual([['user', CONTRACT.template_text], ['assistant', 'Where is my parcel?']]);
});

// Requests that keep the draft, as they are made.
function drafts(page) {
  const made = [];
  page.on('request', (request) => /save_draft/.test(request.url()) && made.push(request));
  return made;
}

test('Ctrl-S keeps the draft, from the text as from any field', async ({ page }) => {
  await openEditor(page, 'kept');
  const made = drafts(page);
  await onWord(page, 1, 'company');
  await page.keyboard.press('Control+s');
  await kept(page);
  // Nothing was typed that would be kept by itself.
  expect(made).toHaveLength(1);
  await value(page, 'company').focus();
  await page.keyboard.press('Control+s');
  await expect.poll(() => made.length).toBe(2);
});

test('Ctrl-M lets Tab indent, and leave the field again', async ({ page }) => {
  await openEditor(page, 'tabbed');
  await writeMessage(page, 1, 'A list:');
  const typing = page.locator('.code-editor .monaco-editor.focused');
  await page.keyboard.press('Control+m');
  await page.keyboard.press('Tab');
  await page.keyboard.type('x');
  await expect(messageField(page, 1)).toHaveValue(/^A list:\s+x$/);
  await expect(typing).toBeVisible();
  await page.keyboard.press('Control+m');
  await page.keyboard.press('Tab');
  await expect(typing).toHaveCount(0);
  await expect(messageField(page, 1)).toHaveValue(/^A list:\s+x$/);
});

test('what is typed quickly is kept as one draft', async ({ page }) => {
  await openEditor(page, 'quick');
  await writeMessage(page, 1, '');
  await kept(page);
  const made = drafts(page);
  const text = 'thirty letters in one long row';
  expect(text).toHaveLength(30);
  await page.keyboard.type(text);
  await expect.poll(() => made.length).toBeGreaterThan(0);
  await kept(page);
  // Longer than a draft waits for the next key.
  await page.waitForTimeout(2_000);
  expect(made.length).toBeLessThanOrEqual(2);
  await page.reload();
  await hydrated(page);
  await expect(messageField(page, 1)).toHaveValue(text);
});

test('hovering over a filter shows what it does', async ({ page }) => {
  await openEditor(page, 'explained', { ...CONTRACT, template_text: 'For {{ company|upper }}.' });
  await expect(shown(page)).toContainText('[COMPANY]');
  await page.locator('.code-editor .view-lines').getByText('upper', { exact: true }).hover();
  await expect(page.locator('.monaco-hover').filter({ visible: true })).toContainText('All letters in upper case.');
});

test('rates, times, tokens and cost of two versions stand beside each other', async ({ page }) => {
  const { key, call } = await newTemplate('fared', { template_text: 'Hello.' });
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Good morning.' });
  // As many as it takes to compare.
  const run = async (number, report) => {
    await call('PUT', '/admin/labels', { template: key, label: 'development', version: number });
    const one = async (_, at) => {
      const { execution_id } = await call('POST', '/prompts/render', { template_name: key, label: 'development', variables: {} });
      await call('POST', `/executions/${execution_id}/result`, report(at));
    };
    await Promise.all(Array.from({ length: 30 }, one));
  };
  await run(1, (at) => ({ status: at < 20 ? 'success' : 'failure', latency_ms: 200, input_tokens: 300, output_tokens: 40, cost_usd: 0.01 }));
  await run(2, () => ({ status: 'success', latency_ms: 1500, input_tokens: 150, output_tokens: 40, cost_usd: 0.004 }));
  await logIn(page, 'analyst');
  await page.goto(`/p/default/templates/${key}/diff?from=1&to=2`);
  await hydrated(page);
  const numbers = page.getByRole('region', { name: 'Numbers', exact: true });
  const row = (name) => numbers.getByRole('row', { name: new RegExp(`^${name}`) }).getByRole('cell');
  await expect(numbers).not.toContainText('Too few executions');
  await expect(row('Executions')).toHaveText(['30', '30', '±0']);
  await expect(row('Success rate')).toHaveText(['66.7 %', '100.0 %', /^\+33\.3 points\s*better$/]);
  for (const name of ['Latency, median', 'Latency, 95th percentile']) {
    await expect(row(name)).toHaveText([/^(19[89]|20[012]) ms$/, /^1\.(4[89]|5[01]) s$/, /^\+6[345]\d %\s*worse$/]);
  }
  await expect(row('Input tokens a call')).toHaveText(['300', '150', /^−50 %\s*better$/]);
  await expect(row('Output tokens a call')).toHaveText(['40.0', '40.0', '±0 %']);
  await expect(row('Cost a call')).toHaveText(['$0.0100', '$0.0040', /^−60 %\s*better$/]);
});
