import { InvalidEventError } from 'nest-event-bus';
import { libraryKey } from 'openedx-events';
import { expect, it } from 'vitest';
import { runPython } from '../support/python.js';
import { requires } from '../support/requirements.js';
import { VALUE_CASES } from '../support/value-cases.js';

await requires('python', 'keys and times in the real Python packages', (python) => {
  it('are judged as the recorded verdicts say', async () => {
    const verdicts = await runPython(python, 'verdicts.py', VALUE_CASES);
    await expect(verdicts).toMatchFileSnapshot('../fixtures/openedx/value-verdicts.json');
  });

  it('are made of the same letters and numbers, of all scripts', async () => {
    const { word, other } = JSON.parse(await runPython(python, 'word_characters.py', null)) as {
      readonly word: string;
      readonly other: string;
    };
    expect(word.length).toBeGreaterThan(100_000);
    expect(() => libraryKey(`lib:edX:${word}`)).not.toThrow();
    // These two are allowed in a key, besides word characters.
    const refused = Array.from(other).filter((character) => character !== '-' && character !== '.');
    for (const character of refused) expect(() => libraryKey(`lib:edX:${character}`)).toThrow(InvalidEventError);
  });
});
