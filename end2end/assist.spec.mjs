// Monaco's help, and who gets it: colours, folds, completion and fixes in a text; the rules of a contract and the tokens beside it.
import { CONTRACT, expect, hydrated, leaveEditor, logIn, messageField, onWord, openEditor, shown, suggest, test, writeMessage } from './fixtures.mjs';
import { held } from './held.mjs';
import { newTemplate } from './rest.mjs';

const lines = (page) => page.locator('.code-editor .view-lines');
const versions = (key) => `/admin/prompts/templates/${key}/versions`;

// Saves the second version of a template by pressing, or tapping, its button.
async function save(page, press = 'click') {
  await page.getByRole('button', { name: 'Save version' })[press]();
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
}

test('names, keywords and prose look different, and each of them alike everywhere', async ({ page }) => {
  await openEditor(page, 'coloured', { ...CONTRACT, template_text: '{{ company }} {% if company %}x{% endif %} plain' });
  const looks = (text, nth = 0) => lines(page).getByText(text, { exact: true }).nth(nth).getAttribute('class');
  const [name, keyword, prose] = [await looks('company'), await looks('if'), await looks('plain')];
  for (const each of [name, keyword, prose]) expect(each).toMatch(/\bmtk\d/);
  expect(new Set([name, keyword, prose]).size).toBe(3);
  expect([await looks('company', 1), await looks('endif'), await looks('x')]).toEqual([name, keyword, prose]);
});

test('blocks fold, also one with a % in its tag', async ({ page }) => {
  const text = ['{% for i in items %}', '{% if loop.index % 2 == 0 %}', '- {{ i }}', '{% endif %}', '{% endfor %}', 'Bye.'].join('\n');
  await openEditor(page, 'folded', { template_text: text, parameters: [{ name: 'items', type: 'array', required: true }] });
  // They come into sight under the mouse.
  const control = (state) => page.locator(`.code-editor .codicon-folding-${state}`);
  const line = lines(page).locator('.view-line');
  await expect(control('expanded')).toHaveCount(2);
  await expect(line).toHaveCount(6);
  await control('expanded').first().click();
  await expect(line).toHaveCount(3);
  await expect(lines(page)).not.toContainText('endif');
  await expect(lines(page)).toContainText('endfor');
  await control('collapsed').click();
  await expect(line).toHaveCount(6);
});

test('filters, tests and parameters are offered where they fit, with what they are', async ({ page }) => {
  await openEditor(page, 'offered');
  const offer = (name) => suggest(page).getByRole('option', { name: new RegExp(`^${name},`) });
  // What is offered where a tag begins so, but for what fits elsewhere; and after a few letters of one.
  const complete = async (tag, offered, elsewhere, letters, name, text) => {
    await writeMessage(page, 1, '');
    await page.keyboard.type(tag);
    await expect(offer(offered)).toBeVisible();
    await expect(offer(elsewhere)).toHaveCount(0);
    await page.keyboard.type(letters);
    await expect(offer(offered)).toHaveCount(0);
    await expect(offer(name)).toBeVisible();
    await page.keyboard.press('Enter');
    await expect(messageField(page, 1)).toHaveValue(text);
  };
  await complete('{{ company | ', 'capitalize', 'company', 'upp', 'upper', '{{ company | upper}}');
  await expect(shown(page)).toContainText('[COMPANY]');
  await complete('{% if company is ', 'boolean', 'capitalize', 'defi', 'defined', '{% if company is defined%}');

  await writeMessage(page, 1, '');
  await page.keyboard.type('{{ comp');
  await expect(offer('company')).toBeVisible();
  await page.keyboard.press('Control+Space');
  const details = page.locator('.suggest-details');
  await expect(details).toContainText('string, required');
  await expect(details).toContainText('Whose customers ask');
});

// Opens a text with a misspelt parameter, which its editor marks.
async function misspelt(page) {
  await openEditor(page, 'misspelt');
  await writeMessage(page, 1, 'You answer for {{ compny }}.');
  await expect(page.locator('.code-editor .squiggly-error')).toBeVisible();
}

async function expectMended(page) {
  await expect(messageField(page, 1)).toHaveValue('You answer for {{ company }}.');
  await expect(shown(page)).toContainText('You answer for [company].');
  await expect(page.locator('.code-editor .squiggly-error')).toHaveCount(0);
}

test('a misspelt parameter is marked, and mended by keys', async ({ page }) => {
  await misspelt(page);
  await onWord(page, 1, 'compny');
  await page.keyboard.press('Control+.');
  const fix = (name) => page.locator('.action-widget').getByRole('option', { name });
  await expect(fix('Declare `compny` as a string')).toBeVisible();
  await expect(fix('Change to `company`')).toHaveClass(/\bfocused\b/);
  await page.keyboard.press('Enter');
  await expectMended(page);
});

test('a misspelt parameter is mended by a button of its problem', async ({ page }) => {
  await misspelt(page);
  const fix = (name) => page.locator('.live-problems').getByRole('button', { name });
  await expect(fix('Declare `compny` as a string')).toBeVisible();
  await fix('Change to `company`').click();
  await expectMended(page);
});

// Which of the files that only an editor needs a page asks for.
const HEAVY = ['editor.js', 'engine.js', 'engine_bg.wasm'];
function watched(page) {
  const asked = new Set();
  page.on('request', (request) => {
    const file = new URL(request.url()).pathname.split('/').at(-1);
    if (HEAVY.includes(file)) asked.add(file);
  });
  return asked;
}

test('Monaco and the engine are asked for where there is an editor, and Monaco goes with it', async ({ page }) => {
  const { key } = await newTemplate('light', CONTRACT);
  const asked = watched(page);
  await logIn(page, 'prompt_engineer');
  await page.goto(`/p/default/templates?search=${key}`);
  await hydrated(page);
  await page.getByRole('row', { name: key }).getByRole('link').first().click();
  await expect(page).toHaveURL(new RegExp(`/templates/${key}$`));
  await page.getByRole('navigation', { name: 'Template', exact: true }).getByRole('link', { name: 'Content' }).click();
  await expect(page.getByText('You answer for').first()).toBeVisible();
  expect([...asked]).toEqual([]);
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await expect(lines(page)).toBeVisible();
  await expect(shown(page)).toContainText('You answer for [company].');
  expect([...asked]).toEqual(expect.arrayContaining(['editor.js', 'engine_bg.wasm']));
  await leaveEditor(page, key);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Made for a test/);
  await expect(page.locator('.monaco-editor')).toHaveCount(0);
});

test.describe('on a phone', () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } });

  test('one types into the field itself, sees it rendered and saves it', async ({ page }) => {
    const asked = watched(page);
    const { key, call } = await openEditor(page, 'phone');
    const field = page.getByRole('textbox', { name: 'Message 1', exact: true });
    await field.tap();
    await field.clear();
    await field.pressSequentially('On the way for {{ company }}.');
    await expect(shown(page)).toContainText('On the way for [company].');
    await expect(page.locator('.code-editor, .monaco-editor')).toHaveCount(0);
    expect([...asked]).not.toContain('editor.js');
    await save(page, 'tap');
    const { messages } = await call('GET', `${versions(key)}/2`);
    expect(messages[0].content).toBe('On the way for {{ company }}.');
  });
});

test('tokens are estimated at once, then counted and priced by the server', async ({ page }) => {
  const count = await held(page, /count_tokens/);
  await openEditor(page, 'counted', { template_text: 'Be kind and brief. '.repeat(40), config: { model: 'gpt-4o' } });
  const [tokens, price] = [page.locator('.token-count'), '\\$0\\.\\d{4} before the answer, at prices of \\d{4}-\\d\\d-\\d\\d'];
  await count.asked;
  await expect(tokens).toHaveText(new RegExp(`^about \\d+ tokens · ${price}$`));
  count.release();
  await expect(tokens).toHaveText(new RegExp(`^\\d+ tokens · ${price}$`));
});

test('allowed values and bounds that are typed are those of the saved version', async ({ page }) => {
  const parameters = [{ name: 'tone', type: 'string', required: true }, { name: 'sentences', type: 'integer', required: true }];
  const { key, call } = await openEditor(page, 'ruled', { template_text: 'Be {{ tone }}, in {{ sentences }} sentences.', parameters });
  const [tone, sentences] = [1, 2].map((n) => page.getByRole('group', { name: `Parameter ${n}` }));
  const rules = (row) => row.locator('summary', { hasText: 'Rules' });
  await rules(tone).click();
  await tone.getByLabel('Allowed values').fill('formal, friendly');
  await rules(tone).click();
  await expect(rules(tone)).toContainText('one of formal, friendly');
  await rules(sentences).click();
  await sentences.getByLabel('Least').fill('1');
  await sentences.getByLabel('Most').fill('7');
  await save(page);
  const version = await call('GET', `${versions(key)}/2`);
  expect(version.parameters).toEqual([
    { ...parameters[0], enum: ['formal', 'friendly'] },
    { ...parameters[1], min: 1, max: 7 },
  ]);
});
