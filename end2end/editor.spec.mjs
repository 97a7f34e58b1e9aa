// The editor with Monaco and the engine in the browser: completion, marks, fixes, the preview at every key.
import { CONTRACT, expect, expectAccessible, hydrated, messageField, onWord, openEditor, shown, suggest, test, writeMessage } from './fixtures.mjs';
import { newTemplate } from './rest.mjs';

test('a parameter is completed, previewed at once and told by its colour', async ({ page }) => {
  await openEditor(page, 'completed');
  const asked = [];
  page.on('request', (request) => /lint_form|preview_form/.test(request.url()) && asked.push(request.url()));
  await writeMessage(page, 1, 'Be kind to ');
  await page.keyboard.type('{{ comp');
  await expect(suggest(page).getByText('company')).toBeVisible();
  await page.keyboard.press('Enter');
  await page.keyboard.type(' }}');
  await expect(messageField(page, 1)).toHaveValue('Be kind to {{ company }}');
  await page.getByLabel('company', { exact: true }).fill('Acme');
  await expect(shown(page)).toContainText('Be kind to Acme');
  await expect(shown(page).locator('.from-value')).toHaveText('Acme');
  await expect(shown(page).locator('.from-value')).toHaveAttribute('title', 'from company');
  expect(asked, 'the preview needs no server').toEqual([]);
  await expectAccessible(page);
});

test('a mark says what is wrong, and its fix mends the text', async ({ page }) => {
  await openEditor(page, 'mended');
  await writeMessage(page, 1, 'Answer for {{ company }}.   \nIn one sentence.');
  const suggestions = page.locator('.suggestions');
  await suggestions.locator('summary').click();
  await expect(suggestions).toContainText('They are sent, paid for and read by nobody.');
  await suggestions.getByRole('button', { name: 'Remove spaces at the end of lines' }).click();
  await expect(messageField(page, 1)).toHaveValue('Answer for {{ company }}.\nIn one sentence.');
  await expect(suggestions).not.toContainText('read by nobody');
  await page.locator('.code-editor .view-lines').first().click();
  await page.keyboard.press('Control+z');
  await expect(messageField(page, 1)).toHaveValue(/company \}\}\. {3}\n/);
});

test('a preview that takes too long is stopped, and the next one works', async ({ page }) => {
  let isStuck = true;
  await page.route('**/engine.worker.js', (route) =>
    isStuck
      ? route.fulfill({ contentType: 'text/javascript', body: 'postMessage({ ready: true }); onmessage = () => { for (;;); };' })
      : route.continue(),
  );
  await openEditor(page, 'stuck');
  await expect(shown(page)).toContainText('took longer than a second and was stopped');
  isStuck = false;
  await writeMessage(page, 1, 'Still {{ company }}.');
  await expect(shown(page)).toContainText('Still [company].');
});

test.describe('without the engine', () => {
  test.use({ allowed: ['engine_bg.wasm', 'Failed to load resource', 'net::ERR_FAILED'] });
  test('the server checks and previews', async ({ page }) => {
    await page.route('**/engine_bg.wasm', (route) => route.abort());
    await openEditor(page, 'away');
    await writeMessage(page, 1, 'Now {{ company }} and {{ compny }}.');
    await expect(page.locator('.live-problems')).toContainText('did you mean `company`');
    await writeMessage(page, 1, 'Now {{ company }}.');
    await expect(shown(page)).toContainText('Now [company].');
  });
});

test.describe('without Monaco', () => {
  test.use({ allowed: ['editor.js', 'Failed to load resource', 'net::ERR_FAILED'] });
  test('one types into the field itself', async ({ page }) => {
    await page.route('**/editor.js', (route) => route.abort());
    await openEditor(page, 'plain');
    await page.getByRole('textbox', { name: 'Message 1', exact: true }).fill('Plain {{ company }}.');
    await expect(shown(page)).toContainText('Plain [company].');
  });
});

test('messages are added, moved and removed with their editors', async ({ page }) => {
  await openEditor(page, 'rows');
  await writeMessage(page, 1, 'First');
  await page.getByRole('button', { name: 'Add message' }).click();
  await writeMessage(page, 2, 'Second');
  await page.getByRole('button', { name: 'Move up message 2' }).click();
  await expect(messageField(page, 1)).toHaveValue('Second');
  await expect(shown(page)).toContainText(/Second[\s\S]*First/);
  await page.getByRole('button', { name: 'Remove message 1' }).click();
  await expect(page.locator('.code-editor')).toHaveCount(1);
  await expect(messageField(page, 1)).toHaveValue('First');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('.code-editor')).toHaveCount(2);
  await expect(messageField(page, 1)).toHaveValue('Second');
});

const HOSTILE = {
  script: '<script>document.title = "broken"</script><img src=x onerror="document.title=\'broken\'">',
  'end of a field': '</textarea></pre></style><script>document.title = "broken"</script>',
  'turned text': 'user\u202egnp.exe\u2066 \u200b\ufeff',
  'one long line': `${'x'.repeat(50_000)}`,
};

for (const [name, text] of Object.entries(HOSTILE)) {
  test(`hostile text is shown and does nothing: ${name}`, async ({ page }) => {
    const { key } = await openEditor(page, 'hostile');
    await writeMessage(page, 1, text);
    const written = text.replace(/[\u202a-\u202e\u2066-\u2069]/g, (mark) => `⟨U+${mark.codePointAt(0).toString(16).toUpperCase()}⟩`);
    await expect(shown(page).locator('pre')).toHaveText(written, { useInnerText: false });
    await page.getByRole('button', { name: 'Save version' }).click();
    await expect(page.getByText('Version 2 is saved.')).toBeVisible();
    for (const path of ['', '?tab=timeline', '?tab=content', '/diff', '/edit']) {
      await page.goto(`/p/default/templates/${key}${path}`);
      await hydrated(page);
      await expect(page).not.toHaveTitle(/broken/);
      expect(await page.locator('img, main script').count()).toBe(0);
    }
  });
}

test('what a text includes is put together as one types', async ({ page }) => {
  const part = await newTemplate('part', { template_text: 'Always say {{ word }}.', parameters: [{ name: 'word', type: 'string' }] });
  await openEditor(page, 'whole', { ...CONTRACT, parameters: [...CONTRACT.parameters, { name: 'word', type: 'string', default: 'please' }] });
  await writeMessage(page, 1, `For {{ company }}. {% include "${part.key}" %}`);
  await expect(shown(page)).toContainText('For [company]. Always say please.');
  await writeMessage(page, 1, 'For {{ company }}. {% include "no_such_template" %}');
  await expect(page.locator('.live-problems')).toContainText('no_such_template');
});

test('parameters are found in the text, and what breaks callers is told', async ({ page }) => {
  await openEditor(page, 'contract');
  await writeMessage(page, 1, 'For {{ company }}: {% for item in items %}{{ item }}{% endfor %}');
  await page.getByRole('button', { name: 'Find parameters in the messages' }).click();
  await expect(page.getByText('Added items.')).toBeVisible();
  await expect(page.locator('input[name="form[parameters][1][name]"]')).toHaveValue('items');
  await expect(page.locator('select[name="form[parameters][1][kind]"]')).toHaveValue('array');
  await expect(page.locator('.contract-changes')).toContainText('Breaks callers: 1');
  await page.locator('.editor-foot summary', { hasText: /^JSON Schema$/ }).click();
  await expect(page.locator('.schema-text')).toContainText('"items"');
  await expect(page.locator('.token-count')).toContainText(/\d+ tokens/);
  await expectAccessible(page);
});

test('an undeclared name is declared from its problem', async ({ page }) => {
  await openEditor(page, 'declared');
  await writeMessage(page, 1, 'For {{ company }} in {{ city }}.');
  await page.locator('.live-problems').getByRole('button', { name: /city/ }).click();
  await expect(page.locator('input[name="form[parameters][1][name]"]')).toHaveValue('city');
  await expect(shown(page)).toContainText('For [company] in [city].');
});

test('a parameter is renamed throughout: in all messages and in the contract', async ({ page }) => {
  await openEditor(page, 'renamed', {
    template_text: undefined,
    messages: [
      { role: 'system', content: 'For {{ company }}, company by name.' },
      { role: 'user', content: '{% if company %}{{ company|upper }}{% endif %}' },
    ],
    parameters: CONTRACT.parameters,
  });
  await expect(page.locator('.code-editor')).toHaveCount(2);
  await expect(shown(page)).toContainText('[COMPANY]');
  await onWord(page, 1, 'company');
  await page.keyboard.press('F2');
  await expect(page.locator('.rename-box input')).toHaveValue('company');
  await page.locator('.rename-box input').fill('employer');
  await page.keyboard.press('Enter');
  await expect(messageField(page, 1)).toHaveValue('For {{ employer }}, company by name.');
  await expect(messageField(page, 2)).toHaveValue('{% if employer %}{{ employer|upper }}{% endif %}');
  await expect(page.locator('input[name="form[parameters][0][name]"]')).toHaveValue('employer');
  await expect(shown(page)).toContainText('[EMPLOYER]');
  await expect(page.locator('.all-clear')).toBeVisible();
  // A value that was typed goes along.
  await page.getByLabel('employer', { exact: true }).fill('Acme');
  await onWord(page, 1, 'employer');
  await page.keyboard.press('F2');
  await page.locator('.rename-box input').fill('firm');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('firm', { exact: true })).toHaveValue('Acme');
});

test('hovering tells what a parameter and a filter are', async ({ page }) => {
  await openEditor(page, 'hovered', { ...CONTRACT, template_text: 'For {{ company|upper }}.' });
  await expect(shown(page)).toContainText('[COMPANY]');
  const lines = page.locator('.code-editor .view-lines');
  await lines.getByText('company', { exact: true }).hover();
  await expect(page.locator('.monaco-hover').filter({ visible: true })).toContainText('Whose customers ask');
  await page.mouse.move(5, 5);
  await lines.getByText('upper', { exact: true }).hover();
  await expect(page.locator('.monaco-hover').filter({ visible: true })).toContainText('upper');
});

test('the definition of a named template is the text that the name leads to', async ({ page, context }) => {
  const { key, call } = await newTemplate('defined', { template_text: '{% block a %}Be kind.{% endblock %}' });
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: '{% block a %}Be brief.{% endblock %}' });
  await call('PUT', '/admin/labels', { template: key, label: 'staging', version: 1 });
  const offers = page.waitForResponse(/load_offers/);
  await openEditor(page, 'defining', { ...CONTRACT, template_text: 'Hi {{ company }}' });
  await offers;
  const tags = { [`{% include "${key}" %}`]: '', [`{% extends "${key}@1" %}`]: '&version=1', [`{% include "${key}@staging" %}`]: '&version=1' };
  for (const [tag, version] of Object.entries(tags)) {
    await writeMessage(page, 1, tag);
    await onWord(page, 1, tag.match(/"(.*)"/)[0]);
    const opened = context.waitForEvent('page');
    await page.keyboard.press('F12');
    const definition = await opened;
    await expect(definition).toHaveURL(new RegExp(`/p/default/templates/${key}\\?tab=content${version}$`));
    await expect(definition.getByRole('region', { name: 'What the version holds' })).toContainText(version ? 'Be kind.' : 'Be brief.');
    await definition.close();
  }
});

test('labels and versions of a template to name are completed', async ({ page }) => {
  const { key, call } = await newTemplate('labelled', { template_text: 'One.' });
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Two.' });
  await call('PUT', '/admin/labels', { template: key, label: 'staging', version: 1 });
  const offers = page.waitForResponse(/load_offers/);
  await openEditor(page, 'targeted');
  await offers;
  await writeMessage(page, 1, '');
  await page.keyboard.type(`{% include "${key}@`);
  await expect(suggest(page).getByText('staging')).toBeVisible();
  await expect(suggest(page)).toContainText('newest version');
  await page.keyboard.type('sta');
  await page.keyboard.press('Enter');
  await page.keyboard.press('End');
  await expect(messageField(page, 1)).toHaveValue(`{% include "${key}@staging"%}`);
});

test('templates to name and blocks of the parent are completed', async ({ page }) => {
  const parent = await newTemplate('parent', { display_name: 'The parent', template_text: '{% block opening %}Hi{% endblock %} {% block closing %}Bye{% endblock %}' });
  const offers = page.waitForResponse(/load_offers/);
  await openEditor(page, 'child');
  await offers;
  await writeMessage(page, 1, '');
  await page.keyboard.type(`{% extends "${parent.key.slice(0, -3)}`);
  await expect(suggest(page).getByText(parent.key)).toBeVisible();
  await expect(suggest(page)).toContainText('The parent');
  await page.keyboard.press('Enter');
  await expect(messageField(page, 1)).toHaveValue(`{% extends "${parent.key}"%}`);
  await writeMessage(page, 1, `{% extends "${parent.key}" %}\n`);
  await expect(shown(page)).toContainText('Hi Bye');
  await page.keyboard.type('{% block clo');
  await expect(suggest(page).getByText('closing')).toBeVisible();
  await expect(suggest(page)).toContainText('block of the parent');
  await page.keyboard.press('Enter');
  await expect(messageField(page, 1)).toHaveValue(/\{% block closing/);
});

test('a completion that came before its templates opens when they are there', async ({ page }) => {
  const parent = await newTemplate('late', { template_text: 'Hi.' });
  let tell;
  const told = new Promise((resolve) => { tell = resolve; });
  await page.route(/load_offers/, async (route) => {
    await told;
    await route.continue();
  });
  await openEditor(page, 'early');
  await writeMessage(page, 1, '');
  await page.keyboard.type(`{% include "${parent.key.slice(0, -3)}`);
  await expect(messageField(page, 1)).toHaveValue(/include/);
  await expect(suggest(page)).toHaveCount(0);
  tell();
  await expect(suggest(page).getByText(parent.key)).toBeVisible();
});

test('tags close once, however they are typed, and brackets of prose stay plain', async ({ page }) => {
  await openEditor(page, 'closed');
  await writeMessage(page, 1, '');
  for (const text of ['{% if company %}{{ company }}{% endif %}', '{# a note #}', '{%- if company -%}x{% endif %}']) {
    await page.keyboard.type(text);
    await page.keyboard.press('Escape');
    await page.keyboard.insertText(`${text}\n`);
  }
  const twice = (text) => `${text}${text}\n`;
  const texts = ['{% if company %}{{ company }}{% endif %}', '{# a note #}', '{%- if company -%}x{% endif %}'];
  await expect(messageField(page, 1)).toHaveValue(texts.map(twice).join(''));
  await page.keyboard.type('(a) [b] {c} {{');
  await expect(messageField(page, 1)).toHaveValue(/\(a\) \[b\] \{c\} \{\{\}\}$/);
  expect(await page.locator('.code-editor [class*="bracket-highlighting"]').count()).toBe(0);
});

test('messages are added, written, moved and removed by the keyboard alone', async ({ page }) => {
  await openEditor(page, 'keyed');
  await expect(page.locator('.code-editor')).toHaveCount(1);
  await page.getByRole('button', { name: 'Add message' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('.code-editor')).toHaveCount(2);
  await expect(page.locator('.message-field').nth(1).locator('.monaco-editor.focused')).toBeVisible();
  await page.keyboard.type('Second');
  await expect(messageField(page, 2)).toHaveValue('Second');
  await page.getByRole('button', { name: 'Move up message 2' }).focus();
  await page.keyboard.press('Enter');
  await expect(messageField(page, 1)).toHaveValue('Second');
  // The focus goes along, to the way that is still open.
  await expect(page.getByRole('button', { name: 'Move down message 1' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(messageField(page, 2)).toHaveValue('Second');
  await expect(page.getByRole('button', { name: 'Move up message 2' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator('.code-editor')).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Undo' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(messageField(page, 2)).toHaveValue('Second');
});
