import "./htmx.js";
import "idiomorph/htmx";
import "htmx-ext-sse";
import { Application } from "@hotwired/stimulus";
import controllers from "generated:controllers";
import "./layers.js";
import "./requests.js";
import "./connection.js";
import "./print.js";
import "./returning.js";
import "./tabs.js";

const application = Application.start();
for (const [identifier, controller] of Object.entries(controllers)) application.register(identifier, controller);
// Browser tests wait for this.
document.documentElement.dataset.ready = "1";
