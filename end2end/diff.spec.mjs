// Two versions in every layer: texts, what is rendered of them, contract, settings, figures; and a draft.
import { test, expect, expectAccessible, hydrated, logIn, messageField, writeMessage } from './fixtures.mjs';
import { newTemplate, unique } from './rest.mjs';

const parameter = (name, type = 'string', required = true) => ({ name, type, required });
const HOSTILE = '</textarea><script>document.title="broken"</script>\u202Eevil\u200B';

let key, part, call;

test.beforeAll(async () => {
  const fragment = await newTemplate('diff_part', { kind: 'fragment', template_text: 'Rules: be brief.' });
  part = fragment.key;
  await fragment.call('PUT', `/admin/prompts/templates/${part}`, { template_text: 'Rules: be thorough.' });
  const made = await newTemplate('diffed', {
    template_text: undefined,
    messages: [
      { role: 'system', content: `{% include '${part}@1' %}\nYou help {{ name }}.` },
      { role: 'user', content: 'First question.' },
      { role: 'assistant', content: `An answer.\n${HOSTILE}` },
    ],
    parameters: [parameter('name'), parameter('tone', 'string', false)],
    config: { temperature: 0.2 },
  });
  ({ key, call } = made);
  await call('PUT', `/admin/prompts/templates/${key}`, {
    messages: [
      { role: 'system', content: `{% include '${part}@2' %}\nYou   help {{ customer }} with {{ count }} things.` },
      { role: 'assistant', content: `An answer.\n${HOSTILE}` },
      { role: 'user', content: 'First question.' },
    ],
    parameters: [parameter('customer'), parameter('tone', 'string', false), parameter('count', 'integer')],
    config: { temperature: 0.7 },
  });
});

const address = (query = 'from=1&to=2') => `/p/default/templates/${key}/diff?${query}`;
const layer = (page, name) => page.getByRole('region', { name, exact: true });
const words = (within, side) => within.locator(`.diff-split ${side} .diff-word`);

async function open(page, query, role) {
  await logIn(page, role);
  await page.goto(address(query));
  await hydrated(page);
  await expect(page.getByRole('heading', { name: /^Compare versions/ })).toBeVisible();
}

test('what changes for the model, the callers and the numbers stands on one page', async ({ page }) => {
  await open(page);
  const layers = page.getByRole('navigation', { name: 'Layers' });
  await expect(layers.getByRole('link')).toHaveText([/Source.*lines in 2 messages|Source.*lines in/, /Rendered/, /Contract.*2 breaking/, /Numbers/]);
  await layers.getByRole('link', { name: /Contract/ }).click();
  await expect(page).toHaveURL(/\?from=1&to=2#contract$/);
  await expect(page.getByRole('heading', { name: /^Contract/ })).toBeInViewport();
  const contract = page.getByRole('region', { name: /^Contract/ });
  await expect(contract.getByRole('row').nth(1)).toContainText('breaking');
  await expect(contract.getByRole('row', { name: /name → customer/ })).toContainText('is now called');
  await expect(layer(page, 'Source').getByText('↕ Moved')).toHaveCount(1);
  await expect(layer(page, 'Source').getByText(/was message \d/)).toHaveCount(1);
});

test('both versions are rendered with the same values, which the address holds', async ({ page }) => {
  await open(page);
  const rendered = layer(page, 'Rendered');
  // Made up from the contract, and with what the texts name in place.
  await expect(rendered.locator('.diff-split')).toContainText([/You help \[name\]|You help \[customer\]/]);
  await expect(words(rendered, '.is-delete').first()).toHaveText('brief');
  await expect(words(rendered, '.is-insert').first()).toHaveText('thorough');
  await rendered.getByText('Made-up values').click();
  await rendered.getByLabel('customer').fill('Ada & <b>Bo</b>');
  await rendered.getByLabel('count').fill('3');
  await rendered.getByRole('button', { name: 'Render both' }).click();
  await expect(page).toHaveURL(/v\.customer=Ada/);
  await expect(rendered.locator('.diff-split .is-insert').filter({ hasText: 'Ada & <b>Bo</b> with 3 things.' }).first()).toBeVisible();
  await expect(rendered.locator('.diff-split .is-delete').filter({ hasText: 'You help Ada & <b>Bo</b>.' }).first()).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(rendered.getByLabel('customer')).toHaveValue('Ada & <b>Bo</b>');

  await rendered.getByLabel('count').fill('many');
  await rendered.getByRole('button', { name: 'Render both' }).click();
  await expect(rendered.getByText("Version 2 can't be rendered")).toBeVisible();
  await expect(rendered.getByText(/variables\.count: give a whole number/)).toBeVisible();
  await expect(rendered.getByText('Only version 1 could be rendered')).toBeVisible();
  await rendered.getByRole('link', { name: 'Made-up values' }).click();
  await expect(page).not.toHaveURL(/v\./);
  await expect(rendered.getByText("can't be rendered")).toHaveCount(0);
});

test('a sample set goes through both, and what is typed comes before it', async ({ page }) => {
  const name = unique('Set');
  await call('POST', `/admin/prompts/templates/${key}/samples`, { name, variables: { customer: 'Ada', count: 7 } });
  await open(page);
  const rendered = layer(page, 'Rendered');
  await rendered.getByLabel('Sample set').selectOption(name);
  await expect(page).toHaveURL(new RegExp(`sample=${name}`));
  await expect(rendered.locator('.diff-split')).toContainText([/with 7 things/]);
  await rendered.getByLabel('count').fill('8');
  await rendered.getByRole('button', { name: 'Render both' }).click();
  await expect(rendered.locator('.diff-split')).toContainText([/with 8 things/]);
  await page.getByLabel('Ignore whitespace').check();
  await expect(page).toHaveURL(new RegExp(`(?=.*ws=ignore)(?=.*sample=${name})`));
  await expect(rendered.locator('.diff-split')).toContainText([/with 8 things/]);
  await rendered.getByLabel('Sample set').selectOption('None');
  await expect(page).not.toHaveURL(/sample=|v\./);
});

test('whitespace and the effective text are choices in the address', async ({ page }) => {
  await open(page);
  const source = layer(page, 'Source');
  await expect(source.locator('.diff-split')).toContainText([new RegExp(`include '${part}@1'`)]);
  await page.getByLabel('Text', { exact: true }).selectOption('Effective text');
  await expect(page).toHaveURL(/text=effective/);
  await expect(source.locator('.diff-split .is-delete.diff-text').first()).toContainText('Rules: be brief.');
  await page.getByLabel('Ignore whitespace').check();
  await expect(page).toHaveURL(/ws=ignore/);
  await page.reload();
  await hydrated(page);
  await expect(page.getByLabel('Ignore whitespace')).toBeChecked();
  await page.getByLabel('Ignore whitespace').uncheck();
  await expect(page).not.toHaveURL(/ws=/);
  await expect(page).toHaveURL(/text=effective/);
  await page.goBack();
  await expect(page.getByLabel('Ignore whitespace')).toBeChecked();
  await page.goForward();
  await expect(page.getByLabel('Ignore whitespace')).not.toBeChecked();
  // A key pressed in a field is the field's.
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('n');
  await expect(page.locator('.diff-start.is-current:visible')).toContainText('Rules');
});

test('what models see is compared where nothing but ignored whitespace differs', async ({ page }) => {
  const spaced = await newTemplate('spaced', { template_text: 'Be  kind.' });
  await spaced.call('PUT', `/admin/prompts/templates/${spaced.key}`, { template_text: 'Be kind.' });
  await logIn(page);
  await page.goto(`/p/default/templates/${spaced.key}/diff?from=1&to=2&ws=ignore`);
  await hydrated(page);
  await expect(layer(page, 'Source')).toContainText('Nothing but whitespace, which is ignored, differs');
  await expect(layer(page, 'Rendered').locator('.diff-split')).toContainText('Be  kind.');
  await page.getByLabel('Ignore whitespace').uncheck();
  await expect(layer(page, 'Source').locator('.diff-split')).toContainText('Be  kind.');
});

test('the numbers say when there is too little to compare', async ({ page }) => {
  await call('PUT', '/admin/labels', { template: key, label: 'development', version: 2 });
  await call('POST', '/prompts/render', { template_name: key, label: 'development', variables: { customer: 'Ada', count: 1 } });
  await open(page);
  const numbers = layer(page, 'Numbers');
  await expect(numbers).toContainText('Too few executions to compare: version 1 ran never, version 2 ran once');
  await expect(numbers.getByRole('row', { name: /^Executions/ })).toHaveText(/Executions\s*0\s*1\s*\+1/);
  await expect(numbers.getByRole('row', { name: /^Lint score/ })).toContainText('of 100');
});

test('a viewer sees the score, and no figures', async ({ page }) => {
  await open(page, 'from=1&to=2', 'viewer');
  const numbers = layer(page, 'Numbers');
  await expect(numbers.getByRole('row', { name: /^Lint score/ })).toBeVisible();
  await expect(numbers.getByRole('row', { name: /^Executions/ })).toHaveCount(0);
  await expect(numbers).toContainText('may see analytics');
});

test('a draft is compared with the version it is written from', async ({ page }) => {
  await logIn(page, 'prompt_engineer');
  await page.goto(`/p/default/templates/${key}/edit`);
  await hydrated(page);
  await writeMessage(page, 1, 'An answer that is a draft.');
  await page.getByRole('link', { name: 'Compare with v2' }).click();
  await expect(page).toHaveURL(/\/diff\?from=2&to=draft$/);
  await expect(page.getByLabel('to', { exact: true })).toHaveValue('draft');
  await expect(layer(page, 'Source').locator('.diff-split .is-insert').filter({ hasText: 'that is a draft' }).first()).toBeVisible();
  await expect(layer(page, 'Numbers')).toContainText('Your draft was never served');
  await page.goto(`/p/default/templates/${key}/edit`);
  await hydrated(page);
  await expect(page.locator('.draft-notice').getByRole('link', { name: 'Compare with v2' })).toBeVisible();
  await expect(messageField(page, 1)).toHaveValue('An answer that is a draft.');
});

test.describe('an address of no version', () => {
  test.use({ allowed: ['status of 400', 'status of 404'] });

  test('is answered with what to use', async ({ page }) => {
    await logIn(page);
    const reply = await page.goto(address('from=first&to=2'));
    expect(reply.status()).toBe(400);
    await expect(page.getByText(/use a version's number/i)).toBeVisible();
    expect((await page.goto(address('from=1&to=99'))).status()).toBe(404);
  });
});

test('hostile and huge texts stay texts in every layer', async ({ page }) => {
  const hostile = await newTemplate('diff_hostile', { template_text: `${HOSTILE}\n${'x'.repeat(50_000)}{{ v }}`, parameters: [parameter('v', 'string', false)] });
  await hostile.call('PUT', `/admin/prompts/templates/${hostile.key}`, { template_text: `${HOSTILE}!\n${'x'.repeat(50_000)}{{ v }}` });
  await logIn(page);
  const value = encodeURIComponent('</textarea><img src=x onerror="document.title=1">\u202E');
  await page.goto(`/p/default/templates/${hostile.key}/diff?from=1&to=2&v.v=${value}`);
  await hydrated(page);
  await expect(page).toHaveTitle(/^Compare versions/);
  for (const name of ['Source', 'Rendered']) {
    await expect(layer(page, name).locator('.diff-split').first()).toContainText('</textarea><script>document.title="broken"</script>⟨U+202E⟩evil⟨U+200B⟩');
  }
  await expect(layer(page, 'Rendered').getByLabel('v')).toHaveValue(/^<\/textarea><img/);
  await expect(page.locator('.diff-message img, .diff-message script')).toHaveCount(0);
});

for (const theme of ['light', 'dark']) {
  test(`it is accessible and fits a phone in ${theme} colours`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await open(page, 'from=1&to=2&v.count=many');
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 800 });
    await expect(layer(page, 'Source').locator('.diff-unified').first()).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await expectAccessible(page);
  });
}

test.describe('without JavaScript', () => {
  // Chromium complains of the preloads of scripts that it was told not to run.
  test.use({ javaScriptEnabled: false, allowed: ['promptory.js', 'promptory_bg.wasm'] });

  test('every choice is a form', async ({ page }) => {
    await logIn(page);
    await page.goto(address('to=2'));
    await expect(layer(page, 'Source').locator('.diff-split .diff-word').first()).toBeVisible();
    await page.getByLabel('Text', { exact: true }).selectOption('Effective text');
    await page.getByLabel('Ignore whitespace').check();
    await page.getByRole('button', { name: 'Apply' }).click();
    await expect(page).toHaveURL(/from=1&to=2&.*text=effective/);
    await expect(page.getByLabel('Ignore whitespace')).toBeChecked();
    const rendered = layer(page, 'Rendered');
    await rendered.getByText('Made-up values').click();
    await rendered.getByLabel('customer').fill('Ada');
    await rendered.getByRole('button', { name: 'Render both' }).click();
    await expect(page).toHaveURL(/text=effective.*v\.customer=Ada/);
    await expect(rendered.locator('.diff-split')).toContainText([/You {3}help Ada/]);
    await page.getByLabel('From').selectOption('2');
    await page.getByRole('button', { name: 'Compare' }).click();
    await expect(page.getByText('Identical')).toBeVisible();
    await expect(page).toHaveURL(/v\.customer=Ada/);
  });
});
