// SPDX-License-Identifier: Apache-2.0
// Why somebody has to sign in (again). A code that is not listed says nothing: the address is
// anybody's to write.
const WHY = new Map<string, [string, string]>([
  [
    'failed',
    ['You were not signed in.', 'Your organisation’s sign-in did not confirm it. Try again.'],
  ],
  ['no-role', ['You have no role here.', 'Ask your manager to have one given to you.']],
  ['stopped', ['Your access is stopped.', 'Ask your information governance officer why.']],
  ['expired', ['The sign-in took too long.', 'Or it was begun in another tab. Start again.']],
  ['busy', ['Too many people are signing in.', 'Wait a minute, then try again.']],
  ['not-fresh', ['You have to sign in anew for this.', 'A sign-in from earlier is not enough.']],
  ['signed-out', ['You were signed out.', 'Nothing of what you looked at is left here.']],
]);

export function SignInWhy({ code }: { code: string }) {
  const words = WHY.get(code);
  if (words === undefined) {
    return null;
  }
  return (
    <div class="govuk-inset-text">
      <strong>{words[0]}</strong> {words[1]}
    </div>
  );
}
