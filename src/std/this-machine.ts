/** True for names and addresses that only this machine reaches; an IPv6 address may stand in brackets. */
export function isLoopback(host: string): boolean {
  return /^(localhost|(::ffff:)?127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}
