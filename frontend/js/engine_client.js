// The page's side of the engine: asks the worker, and replaces a worker that takes too long or broke.

// What is slower than this would freeze a page; here it only loses its worker.
const DEADLINE = 1000;
// The first answer of all waits for the browser to compile what it runs through.
const FIRST_DEADLINE = 3000;

let worker;
let isWarm = false;
let next = 0;
const waiting = new Map();

const settle = (id, finish) => {
    const call = waiting.get(id);
    if (!call) return;
    waiting.delete(id);
    clearTimeout(call.timer);
    finish(call);
};

const end = (why) => {
    worker?.terminate();
    worker = undefined;
    for (const id of [...waiting.keys()]) settle(id, (call) => call.reject(why));
};

// The time runs from when the worker can begin: loading is not the template's fault, and neither are those before it.
const watch = () => {
    const [first] = waiting.values();
    if (worker?.isReady && first && first.timer === undefined) {
        first.timer = setTimeout(() => end('slow'), isWarm ? DEADLINE : FIRST_DEADLINE);
        isWarm = true;
    }
};

const hear = ({ data }) => {
    if (data.ready === false) return end('away');
    if (data.ready) worker.isReady = true;
    else if (data.error === undefined) settle(data.id, (call) => call.resolve(data.answer));
    else settle(data.id, (call) => call.reject('away'));
    if (data.isBroken) end('away');
    watch();
};

const begin = () => {
    isWarm = false;
    worker = new Worker(new URL('./engine.worker.js', import.meta.url), { type: 'module', name: 'engine' });
    worker.onmessage = hear;
    worker.onerror = () => end('away');
};

export const call = (name, argument) =>
    new Promise((resolve, reject) => {
        if (!worker) begin();
        const id = next++;
        waiting.set(id, { resolve, reject, timer: undefined });
        worker.postMessage({ id, name, argument });
        watch();
    });
