import { mailboxOf } from './mailbox';

describe(mailboxOf, () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['Ada@Example.COM', 'ada@example.com'],
    ['ada+codes@example.com', 'ada@example.com'],
    ['ADA+a+b@example.com', 'ada@example.com'],
    ['ａda@example.com', 'ada@example.com'],
    ['+@example.com', '+@example.com'],
    ['ada@exa+mple.com', 'ada@exa+mple.com'],
    ['ada.l@example.com', 'ada.l@example.com'],
  ])('%s is the mailbox %s', (address, mailbox) => {
    expect(mailboxOf(address)).toBe(mailbox);
  });
});
