// Which scopes allow what (SMART App Launch 2.2, "Scopes for requesting FHIR Resources"; and version 1's words). Written apart from the
// app's own, so that one checks the other.

/** @param {string[]} scopes @param {string} type @param {'read' | 'search' | 'create'} action */
export function allows(scopes, type, action) {
  const words = { read: ['r', 'read', '*'], search: ['s', 'read', '*'], create: ['c', 'write', '*'] }[action];
  return scopes.some((scope) => {
    const [context, rest] = scope.split('/');
    if (!['patient', 'user'].includes(context) || !rest) return false;
    const [kind, permission] = rest.split('?')[0].split('.');
    if (kind !== '*' && kind !== type) return false;
    return ['read', 'write', '*'].includes(permission) ? words.includes(permission) : permission.includes(words[0]);
  });
}
