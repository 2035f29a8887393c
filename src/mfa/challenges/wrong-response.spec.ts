import { wrongResponse } from './wrong-response';

describe(wrongResponse, () => {
  it.each([
    [{ code: '123456' }, 'The code is wrong'],
    [{ credential: {} }, 'The passkey was not accepted'],
    [{ response: {} }, 'The response is wrong'],
  ])('says what was wrong in words for it: %j', (response, beginning) => {
    expect(wrongResponse(response).options.detail).toMatch(new RegExp(`^${beginning}`));
  });

  it('tells the least that any limit leaves, and nothing where none counts', () => {
    const tries = (attemptsRemaining: number) => ({ attemptsRemaining });
    expect(wrongResponse({}, tries(4), undefined, tries(2)).options.attemptsRemaining).toBe(2);
    expect(wrongResponse({}, tries(Infinity), undefined).options).not.toHaveProperty('attemptsRemaining');
  });
});
