// A template's timeline: versions with how they fared and moves of labels in one stream, the way back from it, and lint.
import { test, expect, expectAccessible, hydrated, logIn, ownServer } from './fixtures.mjs';
import { rest, unique } from './rest.mjs';

const own = ownServer();

// Three versions; production went 1, 2, 3, and was called on each; staging is on 2.
async function livedIn(name) {
  const [key, call] = [unique(name), await rest(own.url)];
  await call('POST', '/admin/prompts/templates', { name: key, display_name: 'Lived in', kind: 'single_shot', template_text: 'ANSWER IN CAPITALS: one line.', commit_message: 'First words' });
  const render = (version, result) => call('POST', '/prompts/render', { template_name: key, version, variables: {} })
    .then(({ execution_id }) => result && call('POST', `/executions/${execution_id}/result`, result));
  for (const [version, calls] of [[1, 4], [2, 2], [3, 0]]) {
    if (version > 1) await call('PUT', `/admin/prompts/templates/${key}`, { template_text: `Answer in ${version} lines.`, commit_message: `Words ${version}` });
    await call('PUT', '/admin/labels', { template: key, label: 'production', version, reason: `Release ${version}` });
    for (let n = 0; n < calls; n++) await render(version, { latency_ms: 100 * version, cost_usd: 0.002, output_tokens: 5, status: n ? 'success' : 'failure' });
  }
  await call('PUT', '/admin/labels', { template: key, label: 'staging', version: 2 });
  return { key, call };
}

// The rules are the project's: what a test switched off would be off for the next.
test.afterEach(async () => (await rest(own.url))('PUT', '/admin/lint', { off: [] }));

const entries = (page) => page.locator('.version-entry');
const moves = (page) => page.locator('.version-entry.is-move');
const filter = (page, name) => page.getByRole('navigation', { name: 'Show in the timeline' }).getByRole('link', { name, exact: true });

async function open(page, key, query = '', role = 'content_manager') {
  await logIn(page, role);
  await page.goto(`/p/default/templates/${key}${query}`);
  await hydrated(page);
}

test('versions and moves are one stream, with how each version fared', async ({ page }) => {
  const { key } = await livedIn('stream');
  await open(page, key);
  await expect(page.getByRole('link', { name: 'Timeline', exact: true })).toHaveAttribute('aria-current', 'page');
  await expect(entries(page)).toHaveCount(7);
  await expect(entries(page).first()).toContainText('staging');
  await expect(moves(page).nth(1)).toContainText(/production.*moved.*from.*v2.*to.*v3[\s\S]*Release 3/);
  const first = page.locator('.version-entry', { hasText: 'First words' });
  await expect(first.locator('.outcomes')).toContainText(/Calls\s*4\s*Success\s*75\.0 %\s*Median latency\s*\d+ ms\s*Cost per call\s*\$0\.0020/);
  await expect(page.locator('.version-entry', { hasText: 'Words 2' }).locator('.outcomes')).toContainText(/Calls\s*2/);
  await expect(page.locator('.version-entry', { hasText: 'Words 3' })).toContainText('Not called yet');
  // The most calls fill their bar; half as many half of it.
  const width = (row) => row.locator('.mini-fill').first().getAttribute('width');
  expect([await width(first), await width(page.locator('.version-entry', { hasText: 'Words 2' }))]).toEqual(['100', '50']);
  await expect(first).toContainText('lint score 98');
  await expect(page.getByRole('img', { name: 'Lint score by version: v1 98, v2 100, v3 100' })).toBeVisible();
  await expect(page.locator('.score-trend')).toContainText('Lint score 100 of 100');
  await expectAccessible(page);
});

test('a filter is in the URL and stays over a reload and Back', async ({ page }) => {
  const { key } = await livedIn('filter');
  await open(page, key);
  await filter(page, 'Versions').click();
  await expect(page).toHaveURL(/\?tab=timeline&show=version$/);
  await expect(entries(page)).toHaveCount(3);
  await filter(page, 'Label moves').click();
  await expect(entries(page)).toHaveCount(4);
  await filter(page, 'production').click();
  await expect(page).toHaveURL(/\?tab=timeline&label=production$/);
  await expect(entries(page)).toHaveCount(3);
  await expect(page.getByRole('region', { name: 'Timeline' })).toBeFocused();
  await page.reload();
  await hydrated(page);
  await expect(moves(page)).toHaveCount(3);
  await expect(filter(page, 'production')).toHaveAttribute('aria-current', 'true');
  await page.goBack();
  await expect(entries(page)).toHaveCount(4);
  await page.goBack();
  await expect(entries(page)).toHaveCount(3);
  await expect(moves(page)).toHaveCount(0);
});

test('a long stream is paged', async ({ page }) => {
  const { key, call } = await livedIn('long');
  for (let n = 0; n < 30; n++) await call('PUT', '/admin/labels', { template: key, label: 'canary', version: 1 + (n % 3) });
  await open(page, key);
  await expect(entries(page)).toHaveCount(30);
  await page.getByRole('link', { name: 'Next page' }).click();
  await expect(page).toHaveURL(/cursor=/);
  await expect(entries(page)).toHaveCount(7);
  await page.reload();
  await hydrated(page);
  await expect(entries(page)).toHaveCount(7);
  await page.getByRole('link', { name: 'First page' }).click();
  await expect(entries(page)).toHaveCount(30);
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled, allowed: javaScriptEnabled ? [] : ['promptory.js', 'promptory_bg.wasm'] });
    const ready = (page) => (javaScriptEnabled ? hydrated(page) : Promise.resolve());

    test('production is rolled back from the timeline', async ({ page }) => {
      const { key, call } = await livedIn('back');
      await logIn(page, 'content_manager');
      await page.goto(`/p/default/templates/${key}`);
      await ready(page);
      const last = moves(page).filter({ hasText: 'Release 3' });
      await expect(last).toContainText(/replaces v3, serving since \d{4}-\d\d-\d\d \d\d:\d\d/);
      await last.getByRole('link', { name: 'Roll back production to v2' }).click();
      await expect(page).toHaveURL(/tab=timeline&move=production&to=2#labels$/);
      await expect(page.getByLabel('Version for production')).toHaveValue('2');
      await page.getByLabel('Reason for moving production').fill('It was slower');
      await page.getByRole('button', { name: /production/ }).and(page.locator('.btn-primary')).click();
      const production = page.locator('.pipe-stage', { hasText: 'production' });
      await expect(production.getByRole('link', { name: 'v2' })).toBeVisible();
      await expect(moves(page).first()).toContainText(/rolled back[\s\S]*It was slower/);
      expect((await call('GET', `/admin/labels?template=${key}&limit=1`)).items[0]).toMatchObject({ from_version: 3, to_version: 2, reason: 'It was slower' });
    });

    test('any version offers the labels that can come to it', async ({ page }) => {
      const { key } = await livedIn('menu');
      await logIn(page, 'content_manager');
      await page.goto(`/p/default/templates/${key}`);
      await ready(page);
      await page.getByRole('button', { name: 'Point here (v1)' }).click();
      const menu = page.locator('.menu-drop:popover-open');
      await expect(menu.getByRole('link')).toHaveText([/^Point development here/, /^Roll back staging to v1/, /^Roll back production to v1/]);
      await expect(menu).toContainText('replaces v3, serving since');
      await menu.getByRole('link', { name: 'Roll back production to v1' }).click();
      await expect(page.getByLabel('Version for production')).toHaveValue('1');
    });

    test('a version older than those to choose from is the one that production goes back to', async ({ page }) => {
      const [key, call] = [unique('old'), await rest(own.url)];
      await call('POST', '/admin/prompts/templates', { name: key, kind: 'single_shot', template_text: 'Words 1.' });
      for (let n = 2; n <= 52; n++) await call('PUT', `/admin/prompts/templates/${key}`, { template_text: `Words ${n}.` });
      await call('PUT', '/admin/labels', { template: key, label: 'production', version: 52 });
      await logIn(page, 'content_manager');
      await page.goto(`/p/default/templates/${key}?move=production&to=1#labels`);
      await ready(page);
      await expect(page.getByLabel('Version for production')).toHaveValue('1');
      await page.getByRole('button', { name: /production/ }).and(page.locator('.btn-primary')).click();
      await expect(page.locator('.pipe-stage', { hasText: 'production' }).getByRole('link', { name: 'v1' })).toBeVisible();
    });

    test('what was ticked is not lost when somebody else switched rules meanwhile', async ({ page }) => {
      await logIn(page, 'content_manager');
      await page.goto('/p/default/settings/lint');
      await ready(page);
      await (await rest(own.url))('PUT', '/admin/lint', { off: ['secret'] });
      await page.getByRole('checkbox', { name: /shouting/ }).uncheck();
      await page.getByRole('button', { name: 'Save rules' }).click();
      await expect(page.getByRole('alert').filter({ hasText: 'somebody changed this meanwhile' })).toBeVisible();
      await expect(page.getByRole('checkbox', { name: /shouting/ })).not.toBeChecked();
    });

    test('rules of lint are switched off and on', async ({ page }) => {
      await logIn(page, 'content_manager');
      await page.goto('/p/default/settings/lint');
      await ready(page);
      const rule = page.getByRole('checkbox', { name: /vague-quantity/ });
      const all = await page.getByRole('checkbox').count();
      const save = async () => {
        await page.getByRole('button', { name: 'Save rules' }).click();
        await expect(page.getByText('Saved. Editors and scores follow')).toBeVisible();
      };
      await rule.uncheck();
      await save();
      await expect(page.locator('.save-bar')).toContainText(`${all - 1} of ${all} on, changed by content_manager@example.com`);
      await expect(rule).not.toBeChecked();
      await page.goto('/p/default/settings/lint');
      await ready(page);
      await expect(rule).not.toBeChecked();
      await rule.check();
      await save();
      await expect(page.locator('.save-bar')).toContainText(`${all} of ${all} on`);
    });
  });
}

test('a rule that is off is silent in the editor, and the score of a version is explained', async ({ page }) => {
  const { key, call } = await livedIn('lint');
  await open(page, key, '?tab=lint&version=1');
  const report = page.locator('#lint');
  await expect(page.getByRole('heading', { name: /Lint score 98 of 100/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /shouting/ })).toContainText(/Message 1, line 1: is shouted/);
  await expect(page.getByRole('row', { name: /shouting/ })).toContainText('−2');
  await expectAccessible(page);
  await page.goto(`/p/default/templates/${key}/edit?from=1`);
  await hydrated(page);
  await expect(page.locator('.suggestions > summary')).toContainText('lint score 98 of 100');
  await call('PUT', '/admin/lint', { off: ['shouting'] });
  await page.goto(`/p/default/templates/${key}/edit?from=1`);
  await hydrated(page);
  await expect(page.getByText('No problems found')).toBeVisible();
  await expect(page.locator('.suggestions')).toBeHidden();
  await page.goto(`/p/default/templates/${key}?tab=lint&version=1`);
  await expect(page.getByRole('heading', { name: /Lint score 100 of 100/ })).toBeVisible();
  await expect(report.locator('xpath=..')).toContainText('It was 98 at its save');
});

test('who may only read sees the stream and the rules, and can change neither', async ({ page }) => {
  const { key } = await livedIn('reader');
  await open(page, key, '', 'viewer');
  await expect(entries(page)).toHaveCount(7);
  await expect(page.getByText(/Roll back|Point here/)).toHaveCount(0);
  await expect(page.locator('.outcomes')).toHaveCount(0);
  await page.goto('/p/default/settings/lint');
  await hydrated(page);
  await expect(page.getByRole('checkbox').first()).toBeDisabled();
  await expect(page.getByRole('button', { name: 'Save rules' })).toHaveCount(0);
});

test('somebody else who switched rules meanwhile is not overruled', async ({ page }) => {
  const call = await rest(own.url);
  await logIn(page, 'content_manager');
  await page.goto('/p/default/settings/lint');
  await hydrated(page);
  await call('PUT', '/admin/lint', { off: ['secret'] });
  await page.getByRole('checkbox', { name: /shouting/ }).uncheck();
  await page.getByRole('button', { name: 'Save rules' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'somebody changed this meanwhile' })).toBeVisible();
  await expect(page.getByRole('checkbox', { name: /secret/ })).not.toBeChecked();
  expect((await call('GET', '/admin/lint')).rules.filter((r) => !r.is_on).map((r) => r.id)).toEqual(['secret']);
});

test('hostile words in the stream are shown and do nothing', async ({ page }) => {
  const { key, call } = await livedIn('hostile');
  const words = '<script>document.title = "broken"</script><img src=x onerror="document.title=\'broken\'">';
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: `${words} in one line`, commit_message: words });
  await call('PUT', '/admin/labels', { template: key, label: 'staging', version: 4, reason: words });
  for (const query of ['', '?tab=content&version=4']) {
    await open(page, key, query);
    await expect(page.getByText(words).first()).toBeVisible();
    await expect(page).not.toHaveTitle(/broken/);
    expect(await page.locator('img, main script').count()).toBe(0);
  }
});

for (const theme of ['light', 'dark']) {
  test(`on a phone the stream is read and production rolled back, ${theme}`, async ({ page }) => {
    const { key } = await livedIn('phone');
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width: 360, height: 800 });
    for (const [path, shown] of [[`/templates/${key}`, '.version-entry'], [`/templates/${key}?tab=lint&version=1`, '#lint'], ['/settings/lint', '.lint-rule']]) {
      await logIn(page, 'content_manager');
      await page.goto(`/p/default${path}`);
      await hydrated(page);
      await expect(page.locator(shown).first()).toBeVisible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
      await expectAccessible(page);
    }
    await page.goto(`/p/default/templates/${key}`);
    await hydrated(page);
    await page.getByRole('link', { name: 'Roll back production to v2' }).first().click();
    await page.getByRole('button', { name: 'Move production to v2' }).click();
    await expect(page.locator('.pipe-stage', { hasText: 'production' }).getByRole('link', { name: 'v2' })).toBeVisible();
  });
}
