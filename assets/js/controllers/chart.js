import { Controller } from "@hotwired/stimulus";

// <div class="chart" role="img" aria-label="…" data-controller="chart" data-chart-kind-value="waterfall" data-chart-source-value="flow">
// with {{ data|json_script:"flow" }}. ECharts comes in a chunk of its own, only to pages with a chart.
export default class extends Controller {
  static values = { kind: String, source: String };

  async connect() {
    const { draw } = await import("../charts.js");
    if (!this.element.isConnected) return;
    const data = JSON.parse(document.getElementById(this.sourceValue).textContent);
    this.render = () => {
      const again = Boolean(this.chart);
      this.chart?.dispose();
      this.chart = draw(this.element, this.kindValue, data, { still: again });
    };
    this.render();
    addEventListener("themechange", this.render);
    this.size = new ResizeObserver(() => this.chart?.resize());
    this.size.observe(this.element);
  }

  disconnect() {
    removeEventListener("themechange", this.render);
    this.size?.disconnect();
    this.chart?.dispose();
  }
}
