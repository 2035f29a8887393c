import { PROBLEMS_EXTENSION } from '../errors/api-problems.decorator';
import type { ErrorDefinition } from '../errors/error-catalogue';
import { RATE_LIMIT_EXTENSION } from '../rate-limits/rate-limit.decorator';
import type { DemandRules, RequiredMfa } from './demands';
import type { Method, Operation } from './operation';
import { addProblems } from './problem-responses';
import { BEARER_SCHEME, CLIENT_SCHEME, COOKIE_SCHEME, METRICS_SCHEME } from './security-schemes';

const FORM = 'application/x-www-form-urlencoded';

/** Callers that are nobody's session: how they show who they are. */
const OTHER_CALLERS: Readonly<Record<string, string>> = {
  [CLIENT_SCHEME]: '**Client:** Basic authentication.',
  [METRICS_SCHEME]: '**Token:** `METRICS_TOKEN`, where it is set.',
};

const STATUS_TEXTS: Readonly<Record<string, string>> = {
  '200': 'Done',
  '201': 'Made',
  '202': 'Accepted; the rest happens later',
  '204': 'Done; the answer has no body',
};

/** Completes an operation: who may call it, in words, and every error it can answer. */
export function describeOperation(
  operation: Operation,
  method: Method,
  errors: ReadonlyMap<string, ErrorDefinition>,
  demands: DemandRules,
): void {
  tidyParameters(operation);
  addUpDemands(operation, demands);
  const isPublic = operation.security?.some((requirement) => Object.keys(requirement).length === 0) === true;
  const named = operation.security?.filter((requirement) => Object.keys(requirement).length > 0) ?? [];
  const takes = (scheme: string) => named.some((requirement) => scheme in requirement);
  const otherCaller = Object.keys(OTHER_CALLERS).find(takes);
  // A public route that takes a token or a cookie all the same keeps both: none, and that one.
  if (otherCaller !== undefined) operation.security = [{ [otherCaller]: [] }];
  else if (isPublic) operation.security = named.length > 0 ? [{}, ...named] : [];

  const codes = new Set([
    ...((operation[PROBLEMS_EXTENSION] as string[] | undefined) ?? []),
    ...(operation[RATE_LIMIT_EXTENSION] === undefined ? [] : ['rate_limited']),
    ...codesOfRequest(operation, method),
    ...codesOfAccess(operation, isPublic),
    'internal_error',
    'unavailable',
  ]);
  Reflect.deleteProperty(operation, PROBLEMS_EXTENSION);
  Reflect.deleteProperty(operation, RATE_LIMIT_EXTENSION);
  const [summary, ...rest] = sentences(operation.summary ?? operation.operationId ?? '');
  operation.summary = summary ?? '';
  const explanation = [...rest, ...(operation.description ? [operation.description] : [])].join(' ');
  const access = otherCaller
    ? (OTHER_CALLERS[otherCaller] ?? '')
    : accessInWords(operation, isPublic, !isPublic || takes(BEARER_SCHEME), takes(COOKIE_SCHEME));
  operation.description = [explanation, access].filter((part) => part !== '').join('\n\n');
  for (const [status, response] of Object.entries(operation.responses)) {
    if (response && 'description' in response && response.description === '') {
      response.description = STATUS_TEXTS[status] ?? 'Answered';
    }
  }
  addProblems(operation, codes, errors);
}

/** `Authorization` is the security scheme's; a header that a decorator describes replaces the bare one of the handler. */
function tidyParameters(operation: Operation): void {
  const byName = new Map<string, NonNullable<Operation['parameters']>[number]>();
  for (const parameter of operation.parameters ?? []) {
    if ('$ref' in parameter || (parameter.in === 'header' && /^authorization$/i.test(parameter.name))) continue;
    byName.set(`${parameter.in} ${parameter.name.toLowerCase()}`, parameter);
  }
  if (byName.size > 0) operation.parameters = [...byName.values()];
  else delete operation.parameters;
}

function codesOfRequest({ requestBody, parameters = [] }: Operation, method: Method): string[] {
  const isIn = (place: string) => parameters.some((parameter) => 'in' in parameter && parameter.in === place);
  const isForm = requestBody !== undefined && 'content' in requestBody && FORM in requestBody.content;
  return [
    ...((requestBody !== undefined && !isForm) || isIn('query') || isIn('header') ? ['validation_failed'] : []),
    // A body is read, and refused, where none is expected too.
    ...(method === 'get' ? [] : ['malformed_json', 'payload_too_large', 'unsupported_media_type']),
    ...(isIn('path') ? ['not_found', 'bad_request'] : []),
  ];
}

function codesOfAccess(operation: Operation, isPublic: boolean): string[] {
  const mfa = requiredMfa(operation);
  const wantsKind = mfa?.some(({ acr, methods }) => acr !== 'aal2' || methods !== undefined) === true;
  return [
    ...(isPublic ? [] : ['token_missing', 'token_invalid']),
    ...(mfa ? ['mfa_required', 'mfa_enrollment_required'] : []),
    ...(wantsKind ? ['mfa_insufficient'] : []),
    ...(mfa?.some(({ maxAge }) => maxAge !== undefined) === true ? ['mfa_stale'] : []),
    ...(recentAuthentication(operation) === undefined
      ? []
      : ['mfa_required', 'mfa_stale', 'reauthentication_required']),
    ...((requiredPermissions(operation) ?? requiredRoles(operation)) ? ['forbidden'] : []),
  ];
}

function accessInWords(operation: Operation, isPublic: boolean, takesToken: boolean, takesCookie: boolean): string {
  const mfa = requiredMfa(operation);
  const recently = recentAuthentication(operation);
  const permissions = requiredPermissions(operation);
  const roles = requiredRoles(operation);
  const either = operation['x-accepts-mfa-token'] === true || isPublic;
  const token = either ? 'access token or MFA token' : 'access token';
  return [
    takesToken ? `**Token:** ${token}${isPublic ? ', optional' : ''}.` : '**Token:** none.',
    ...(takesCookie ? ['**Cookie:** the refresh token, optional.'] : []),
    ...(mfa ? [secondFactorInWords(mfa)] : []),
    ...(recently === undefined
      ? []
      : [
          `**Authentication:** within ${recently} s: the second factor where the account has one, else the password${operation['x-accepts-mfa-token'] === true ? '. Not asked of an MFA token' : ''}.`,
        ]),
    ...(permissions ? [`**Permission:** ${allOf(permissions)}.`] : []),
    ...(roles ? [`**Role:** ${allOf(roles)}.`] : []),
  ].join(' ');
}

function secondFactorInWords(mfa: readonly RequiredMfa[]): string {
  const [common] = mfa;
  const methods = mfa.flatMap(({ methods: oneOf }) => oneOf?.map((method) => `\`${method}\``).join(' or ') ?? []);
  const kind = [`\`${common?.acr ?? ''}\``, ...(methods.length > 0 ? [methods.join(', and ')] : [])].join(', ');
  const age = common?.maxAge === undefined ? '' : `, verified within ${common.maxAge} s`;
  return `**Second factor:** needed (${kind})${age}.`;
}

/** What the controller demands joins what the method demands. */
function addUpDemands(operation: Operation, demands: DemandRules): void {
  for (const extension of [
    'x-required-mfa',
    'x-recent-authentication',
    'x-required-permissions',
    'x-required-roles',
  ] as const) {
    const noted = [operation[`${extension}-of-controller`], operation[extension]].filter((each) => each !== undefined);
    Reflect.deleteProperty(operation, `${extension}-of-controller`);
    if (noted.length > 0) operation[extension] = demands[extension](noted);
  }
}

function recentAuthentication(operation: Operation): number | undefined {
  return operation['x-recent-authentication'] as number | undefined;
}

function requiredMfa(operation: Operation): readonly RequiredMfa[] | undefined {
  return operation['x-required-mfa'] as readonly RequiredMfa[] | undefined;
}

function requiredPermissions(operation: Operation): string[] | undefined {
  return operation['x-required-permissions'] as string[] | undefined;
}

function requiredRoles(operation: Operation): string[] | undefined {
  return operation['x-required-roles'] as string[] | undefined;
}

function allOf(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(' and ');
}

/** A docstring: its first sentence names the route, the others explain it. */
function sentences(docstring: string): string[] {
  const [first = '', ...rest] = docstring.replaceAll(/\s+/g, ' ').split(/(?<=\.) /);
  return [first.replace(/\.$/, ''), ...rest];
}
