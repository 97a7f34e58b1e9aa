// Requests that wait, so that a test can do something before they are answered.

// Holds the next request to an address: `asked` resolves once the page has asked, `release` lets it go on to the server, or to
// where `then` sends it. Later requests pass.
export async function held(page, url, then = (route) => route.continue()) {
  let [noteAsked, release] = [];
  const asked = new Promise((resolve) => (noteAsked = resolve));
  const released = new Promise((resolve) => (release = resolve));
  const wait = async (route) => {
    noteAsked();
    await released;
    await then(route);
  };
  await page.route(url, wait, { times: 1 });
  return { asked, release };
}
