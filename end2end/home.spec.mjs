// The start page of a project: what is live where, what went wrong last, and the steps to the first call.
import { test, expect, hydrated, logIn, ownServer } from './fixtures.mjs';
import { newTemplate, rest, unique } from './rest.mjs';

const own = ownServer();

// The page tells of a whole project, so that each test has one of its own. Resolves with its start page and with what calls
// the API in it.
async function newProject() {
  const key = unique('home').replace('_', '-');
  await (await rest(own.url))('POST', '/admin/projects', { key, name: 'Home of a test' });
  return { home: `/p/${key}`, call: await rest(own.url, 'super_admin', key) };
}

async function open(page, home) {
  await logIn(page);
  await page.goto(home);
  await hydrated(page);
  await expect(page.getByRole('heading', { level: 1, name: 'Home of a test' })).toBeVisible();
}

// Points a label at a version.
const publish = (call, template, label, version) => call('PUT', '/admin/labels', { template, label, version });

test('a version that is published stands in the cell of its environment', async ({ page }) => {
  const { home, call } = await newProject();
  const { key } = await newTemplate('live', { display_name: 'Order reply' }, call);
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Good morning.' });
  await publish(call, key, 'staging', 2);
  await publish(call, key, 'production', 1);
  await open(page, home);
  const row = page.getByRole('region', { name: 'Live now' }).getByRole('row', { name: /Order reply/ });
  const expectCells = async (cells) => {
    for (const [name, text] of Object.entries(cells)) await expect(row.locator(`[data-label="${name}"]`)).toHaveText(text);
  };
  await expectCells({ Development: '—', Staging: 'v2', Production: 'v1', Release: 'v2 waiting' });
  await expect(row.getByRole('link', { name: 'v2 waiting' })).toHaveAttribute('href', `${home}/templates/${key}/diff?from=1&to=2`);
  await publish(call, key, 'production', 2);
  await page.reload();
  await expectCells({ Staging: 'v2', Production: 'v2', Release: 'up to date' });
  await hydrated(page);
  await row.getByRole('link', { name: 'Order reply' }).click();
  await expect(page).toHaveURL(new RegExp(`${home}/templates/${key}$`));
});

test('a render that failed is what went wrong last, and leads to its execution', async ({ page }) => {
  const { home, call } = await newProject();
  const { key } = await newTemplate('failing', { template_text: 'Dear {{ name }}.', variables: ['name'] }, call);
  await publish(call, key, 'production', 1);
  const render = (variables) => call('POST', '/prompts/render', { template_name: key, variables });
  await render({ name: 'Ada' });
  await expect(render({})).rejects.toThrow('answered 422');
  await open(page, home);
  const entries = (title) => page.getByRole('region', { name: title }).getByRole('listitem');
  await expect(entries('Latest executions')).toHaveCount(2);
  const failed = entries('Went wrong last');
  await expect(failed).toHaveCount(1);
  for (const text of ['failure', key, 'v1', 'variables.name', 'production']) await expect(failed).toContainText(text);
  await failed.getByRole('link').click();
  await expect(page).toHaveURL(new RegExp(`${home}/executions/[0-9a-f-]{36}$`));
  await expect(page.getByText('invalid_variables')).toBeVisible();
});

test('the steps to the first call are ticked as they are done, and go with the last', async ({ page }) => {
  const { home, call } = await newProject();
  const steps = page.getByRole('region', { name: 'Get to your first call' });
  const left = steps.getByRole('link');
  let key;
  const acts = [
    ['Create a template', async () => ({ key } = await newTemplate('first', {}, call))],
    ['Put a version into production', () => publish(call, key, 'production', 1)],
    ['Make an API key', () => call('POST', '/admin/keys', { name: 'First', environment: 'production', scopes: ['prompts:read'] })],
    ['Fetch or render it', async () => {
      await expect(left).toHaveAttribute('href', `${home}/templates/${key}?tab=use`);
      await call('POST', '/prompts/render', { template_name: key });
    }],
  ];
  await open(page, home);
  await expect(page.getByRole('heading', { name: 'Nothing is live yet' })).toBeVisible();
  for (const [done, [, act]] of acts.entries()) {
    await expect(steps).toContainText(`${done} of 4 done`);
    await expect(left).toHaveText(acts.slice(done).map(([title]) => title));
    await expect(steps.getByRole('listitem').filter({ hasText: '(done)' })).toHaveCount(done);
    await act();
    await page.reload();
    await hydrated(page);
  }
  await expect(page.getByRole('region', { name: 'Live now' })).toBeVisible();
  await expect(steps).toHaveCount(0);
});
