import htmx from "htmx.org";

Object.assign(htmx.config, {
  allowEval: false,              // the page's policy has no unsafe-eval
  includeIndicatorStyles: false, // nor inline styles
  disableInheritance: true,      // an element says all about its own request
  defaultSwapStyle: "outerHTML",
  historyCacheSize: 0,           // personal data stay out of localStorage
  refreshOnHistoryMiss: true,
  scrollIntoViewOnBoost: false,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true }, // a form with its errors
    { code: "[45]..", swap: false, error: true },
  ],
});
window.htmx = htmx;
export default htmx;
