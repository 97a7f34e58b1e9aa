// Every pack and every piece is loaded once, whichever pack brings it first; what failed is tried again when it is next
// asked for.
function once(work) {
    let done;
    return () => {
        if (done === undefined) {
            const now = work();
            done = now;
            now.catch(() => { if (done === now) done = undefined; });
        }
        return done;
    };
}
const pieces = new Map();
function piece(number, code) {
    if (!pieces.has(number)) {
        const now = WebAssembly.instantiate(code, getSharedImports());
        pieces.set(number, now);
        now.catch(() => pieces.delete(number));
    }
    return pieces.get(number);
}
// A module's own code, 0, comes after the pieces that it calls.
function module(file) {
    return once(async () => {
        const reply = await fetch(new URL(file, import.meta.url));
        if (!reply.ok) throw new Error(`${file}: ${reply.status}`);
        const pack = await reply.arrayBuffer();
        const head = new DataView(pack);
        const count = head.getUint32(0, true);
        let at = 4 + 8 * count, own;
        const shared = [];
        for (let i = 0; i < count; i++) {
            const number = head.getUint32(4 + 8 * i, true), length = head.getUint32(8 + 8 * i, true);
            const code = pack.slice(at, at += length);
            if (number === 0) own = code;
            else shared.push(piece(number, code));
        }
        await Promise.all(shared);
        await WebAssembly.instantiate(own, getSharedImports());
    });
}
