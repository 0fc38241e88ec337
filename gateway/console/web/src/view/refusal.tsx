// SPDX-License-Identifier: Apache-2.0
// A refusal, and what would make the question lawful. The gateway's own sentences.
import type { Refusal } from './model';

export function RefusalBox({ refusal }: { refusal: Refusal }) {
  return (
    <section class="lg-refusal" aria-labelledby="refusal-heading">
      <h2 id="refusal-heading" class="govuk-heading-m">
        Not shared
      </h2>
      <p class="govuk-body">
        {refusal.sentence} <span class="lg-code">{refusal.code}</span>
      </p>
      <h3 class="govuk-heading-s">What would make this lawful</h3>
      <p class="govuk-body">
        {refusal.remedy !== ''
          ? refusal.remedy
          : 'Nothing that you could change. If somebody is in danger, telephone the agency or 999.'}
      </p>
      <p class="govuk-body-s">The refusal is in the log, as every question is.</p>
    </section>
  );
}
