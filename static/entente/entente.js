// What scripts add to pages that work without them.
import { startComboboxes } from "./parts/combobox.js";
import { startRows } from "./parts/rows.js";
import { startTypes } from "./parts/types.js";
import { startKeys } from "./parts/keys.js";
import { startForms } from "./parts/forms.js";
import { startDates } from "./parts/dates.js";
import { startList } from "./parts/list.js";
import { startCharts } from "./parts/charts.js";
import { startUpload } from "./parts/upload.js";
import { startDownload } from "./parts/download.js";

document.documentElement.classList.add("scripted");
startComboboxes();
startRows();
startTypes();
startKeys();
startForms();
startDates();
startList();
startCharts();
startUpload();
startDownload();
