// What the gallery and the trash need.
import "./filter-bar.js";
import "./filter-panel.js";
import "./day-range.js";
import "./option-finder.js";
import "./row-height.js";
import "./image-selection.js";
import "./tile-keys.js";
