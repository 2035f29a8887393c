import { isMailAddress } from './mail-address.validator';

describe(isMailAddress, () => {
  it.each(['ada@example.com', 'Ada.L+codes@example.com', 'ada@exämple.de'])('%s is one', (address) => {
    expect(isMailAddress(address)).toBe(true);
  });

  it.each([
    ['"ada"@example.com'],
    ['"ada lovelace"@example.com'],
    ['a"d"a@example.com'],
    ['ada'],
    ['ada@'],
    ['ada@example.com, eve@example.com'],
    ['ada@example.com\r\nBcc: eve@example.com'],
    [`${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example.com`],
    [null],
    [['ada@example.com']],
  ])('%j is none', (address) => {
    expect(isMailAddress(address)).toBe(false);
  });
});
