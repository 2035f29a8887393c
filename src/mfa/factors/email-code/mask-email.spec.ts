import { maskEmail } from './mask-email';

describe(maskEmail.name, () => {
  it.each([
    ['ada@example.com', 'a…@example.com'],
    ['ad@example.com', 'a…@example.com'],
    ['a@example.com', '…@example.com'],
    ['Ada.Lovelace+codes@mail.example.org', 'A…@mail.example.org'],
    ['"a@b"@example.com', '"…@example.com'],
    ['жанна@example.com', 'ж…@example.com'],
    ['𝒶da@example.com', '𝒶…@example.com'],
  ])('makes of %j %j', (address, masked) => {
    expect(maskEmail(address)).toBe(masked);
  });
});
