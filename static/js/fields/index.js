// The controls of a model's form that need more than HTML. Each is a form control without script, too.
import "./changed-count.js";
import "./model-picker.js";
import "./prompt-counter.js";
import "./repeat-field.js";
import "./search-select.js";
import "./seed-dice.js";
import "./size-field.js";
import "./slider-field.js";
import "./upload-field.js";
import "./upload-page.js";
