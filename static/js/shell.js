// What every page needs. One file per element or behaviour; each listens on the document, so swapped-in markup just works.
import "./toast-region.js";
import "./theme-switch.js";
import "./relative-time.js";
import "./dialogs.js";
import "./confirm.js";
import "./copy.js";
import "./autosubmit.js";
import "./stepper.js";
import "./notices.js";
