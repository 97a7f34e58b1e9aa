// The comparison of two versions that differ in text, contract and settings.
import { test, expect, expectAccessible, hydrated, logIn } from './fixtures.mjs';
import { newTemplate } from './rest.mjs';

let key;
const lines = (count, of) => Array.from({ length: count }, (_, i) => `${of} ${i + 1} stays as it is.`).join('\n');
const parameters = (...list) => list.map(([name, type, required]) => ({ name, type, required }));

test.beforeAll(async () => {
  const made = await newTemplate('compared', {
    template_text: undefined,
    messages: [
      { role: 'system', content: `You answer {{ name }} briefly.\n${lines(12, 'Line')}\nEnd with a question.` },
      { role: 'user', content: 'This message is the same in both.' },
    ],
    parameters: parameters(['name', 'string', false], ['tone', 'string', false]),
    config: { temperature: 0.2 },
  });
  key = made.key;
  await made.call('PUT', `/admin/prompts/templates/${key}`, {
    messages: [
      { role: 'system', content: `You answer {{ name }} kindly.\n${lines(12, 'Line')}\nEnd with thanks to {{ company }}.\nAnd a wish.` },
      { role: 'user', content: 'This message is the same in both.' },
    ],
    parameters: parameters(['name', 'string', true], ['company', 'string', true]),
    config: { temperature: 0.7 },
  });
});

// Reached as people reach it.
async function open(page) {
  await logIn(page);
  await page.goto(`/p/default/templates/${key}`);
  await hydrated(page);
  await page.getByRole('link', { name: 'Compare', exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`/templates/${key}/diff\\?from=1&to=2$`));
  await expect(page.getByRole('heading', { name: 'Compare versions' })).toBeVisible();
  await expect(page.locator('.diff-word:visible').first()).toBeVisible();
}

test('words, contract and settings that changed are marked', async ({ page }) => {
  await open(page);
  const source = page.getByRole('region', { name: 'Source', exact: true });
  const system = source.locator('.diff-message', { hasText: '~ Changed' });
  const words = (side) => system.locator(`.diff-split ${side} .diff-word`);
  await expect(words('.is-delete')).toHaveText(['briefly']);
  await expect(words('.is-insert')).toHaveText(['kindly']);
  await expect(system.locator('.diff-split .is-insert.diff-text').last()).toHaveText('added: And a wish.');

  const fold = system.locator('.diff-split .diff-fold');
  await expect(fold.getByText('Line 6 stays as it is.').first()).toBeHidden();
  await fold.getByText(/^\d+ unchanged lines$/).click();
  await expect(fold.getByText('Line 6 stays as it is.').first()).toBeVisible();
  const same = source.locator('.diff-message').filter({ has: page.getByText('Unchanged', { exact: true }) });
  await expect(same).not.toHaveAttribute('open');

  const contract = page.getByRole('region', { name: /^Contract/ });
  await expect(contract.getByRole('heading')).toHaveText(/3 breaking/);
  await expect(contract.getByRole('row', { name: /^name/ })).toContainText('is now required');
  await expect(contract.getByRole('row', { name: /^company/ })).toContainText('added, required');
  await expect(contract.getByRole('row', { name: /^tone/ })).toContainText('removed');
  await expect(page.getByRole('region', { name: 'Model settings' }).getByRole('row', { name: /^temperature/ })).toHaveText(/0\.2.*0\.7/);
});

test('the layout and the versions are in the URL', async ({ page }) => {
  await open(page);
  const [split, unified] = [page.locator('.diff-split').first(), page.locator('.diff-unified').first()];
  await expect(split).toBeVisible();
  await expect(unified).toBeHidden();

  await page.getByLabel('Layout').selectOption('Unified');
  await expect(page).toHaveURL(/\?from=1&to=2&view=unified$/);
  for (const load of [() => {}, () => page.reload()]) {
    await load();
    await hydrated(page);
    await expect(unified).toBeVisible();
    await expect(split).toBeHidden();
    await expect(page.getByLabel('Layout')).toHaveValue('unified');
    await expect(unified.locator('.is-delete .diff-word').first()).toHaveText(/^briefly/);
    await expect(unified.locator('.is-insert .diff-word').first()).toHaveText(/^kindly/);
  }
  await page.getByRole('link', { name: 'Swap' }).click();
  await expect(page).toHaveURL(/\?from=2&to=1&view=unified$/);
  await expect(unified.locator('.is-insert .diff-word').first()).toHaveText(/^briefly/);
  await expect(page.getByLabel('From')).toHaveValue('2');
  await page.goBack();
  await expect(page).toHaveURL(/\?from=1&to=2&view=unified$/);
  await expect(page.getByLabel('From')).toHaveValue('1');
  await page.goBack();
  await expect(split).toBeVisible();
  await expect(page.getByLabel('Layout')).toHaveValue('split');
  await page.getByLabel('to', { exact: true }).selectOption('1');
  await expect(page.getByText('Identical')).toBeVisible();
});

test('n and p go from change to change', async ({ page }) => {
  await open(page);
  const current = page.locator('.diff-start.is-current:visible');
  await page.keyboard.press('n');
  await expect(current).toContainText('kindly');
  await page.keyboard.press('n');
  await expect(current).toContainText('thanks');
  await page.keyboard.press('p');
  await expect(current).toContainText('kindly');
});

for (const theme of ['light', 'dark']) {
  for (const view of ['split', 'unified']) {
    test(`${view} is accessible in ${theme} colours on both screens`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: theme });
      await logIn(page);
      await page.goto(`/p/default/templates/${key}/diff?from=1&to=2&view=${view}`);
      await hydrated(page);
      await expect(page.locator('.diff-word:visible').first()).toBeVisible();
      await expectAccessible(page);
      await page.setViewportSize({ width: 360, height: 800 });
      await expect(page.locator('.diff-unified').first()).toBeVisible();
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
      await expectAccessible(page);
    });
  }
}
