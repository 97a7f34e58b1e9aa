// Places in a text: the engine counts bytes of UTF-8 and characters, Monaco UTF-16 units.

// The UTF-16 offset of a byte.
export const offsetOf = (text, byte) => {
    let bytes = 0;
    let units = 0;
    for (const character of text) {
        if (bytes >= byte) break;
        const code = character.codePointAt(0);
        bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        units += character.length;
    }
    return units;
};

// Monaco's column of a column in characters; both count from 1.
export const columnOf = (line, column) => {
    let units = 0;
    let characters = 1;
    for (const character of line) {
        if (characters >= column) break;
        characters += 1;
        units += character.length;
    }
    return units + 1;
};

// Monaco's range between two bytes.
export const rangeOf = (model, start, end) => {
    const text = model.getValue();
    const [from, to] = [start, end].map((byte) => model.getPositionAt(offsetOf(text, byte)));
    return { startLineNumber: from.lineNumber, startColumn: from.column, endLineNumber: to.lineNumber, endColumn: to.column };
};

// From a line and column to the end of the word there, or of the line.
export const wordRange = (model, line, column) => {
    const lineNumber = Math.min(Math.max(line, 1), model.getLineCount());
    const start = columnOf(model.getLineContent(lineNumber), column ?? 1);
    const word = model.getWordAtPosition({ lineNumber, column: start });
    const end = column && word && word.startColumn <= start ? word.endColumn : model.getLineMaxColumn(lineNumber);
    return { startLineNumber: lineNumber, startColumn: start, endLineNumber: lineNumber, endColumn: Math.max(end, start + 1) };
};
