// What the studio page needs besides the shell.
import "./ask-more.js";
import "./elapsed-time.js";
import "./twin-switch.js";
import "./usual-time.js";
import "./composer.js";
import "./feed.js";
