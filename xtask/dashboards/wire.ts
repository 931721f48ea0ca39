// Grafana's dashboard types, as they look in a JSON file.
import type { Dashboard, Panel, RowPanel } from "@grafana/schema";
// The option types of each panel are not among the package's exports.
import type * as heatmap from "./node_modules/@grafana/schema/dist/types/raw/composable/heatmap/panelcfg/x/types.gen";
import type * as stat from "./node_modules/@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen";
import type * as statetimeline from "./node_modules/@grafana/schema/dist/types/raw/composable/statetimeline/panelcfg/x/types.gen";
import type * as table from "./node_modules/@grafana/schema/dist/types/raw/composable/table/panelcfg/x/types.gen";
import type * as timeseries from "./node_modules/@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen";

// The schema uses enums; JSON has their values. `${T}` turns an enum into the union of its values.
export type Wire<T> = T extends string
  ? string extends T ? string : `${T}`
  : T extends number
    // Not `number extends T`: TypeScript lets every number pass for a numeric enum.
    ? `${number}` extends `${T}` ? number : `${T}` extends `${infer N extends number}` ? N : T
    : T extends boolean | null | undefined ? T
      : unknown extends T ? T
        : T extends (infer U)[] ? Wire<U>[]
          : T extends object ? { [K in keyof T]: Wire<T[K]> } : T;

type Reference = { type: "prometheus"; uid: "${datasource}" };

// What is typed anew below, and what every panel of ours must have though Grafana lets it be absent.
type Retyped = "type" | "datasource" | "options" | "fieldConfig" | "targets";
type Demanded = "id" | "title" | "description" | "gridPos";

// A query as the Prometheus data source takes it; the schema package has no type for it.
type Target = {
  datasource: Reference;
  editorMode: "builder" | "code";
  exemplar?: boolean;
  expr: string;
  format?: "heatmap" | "table" | "time_series";
  instant?: boolean;
  legendFormat: string;
  range: boolean;
  refId: string;
};

type Of<Type extends string, Options, Custom> =
  & Required<Wire<Pick<Panel, Demanded>>>
  & Wire<Omit<Panel, Retyped | Demanded>>
  & {
    type: Type;
    datasource: Reference;
    options: Wire<Partial<Options>>;
    fieldConfig: Wire<Omit<NonNullable<Panel["fieldConfig"]>, "defaults">> & {
      defaults: Wire<Omit<NonNullable<Panel["fieldConfig"]>["defaults"], "custom">> & { custom?: Wire<Partial<Custom>> };
    };
    targets: Target[];
  };

export type AnyPanel =
  | Of<"heatmap", heatmap.Options, heatmap.FieldConfig>
  | Of<"stat", stat.Options, Record<string, never>>
  | Of<"state-timeline", statetimeline.Options, statetimeline.FieldConfig>
  | Of<"table", table.Options, table.FieldConfig>
  | Of<"timeseries", timeseries.Options, timeseries.FieldConfig>;

type Row = Wire<Omit<RowPanel, "panels">> & { panels: AnyPanel[] };

// What the Prometheus data source adds to an annotation query.
type Annotation = Wire<NonNullable<NonNullable<Dashboard["annotations"]>["list"]>[number]> & {
  expr?: string;
  step?: string;
  tagKeys?: string;
  textFormat?: string;
  titleFormat?: string;
  useValueForTime?: boolean;
};

export type DashboardFile = Wire<Omit<Dashboard, "panels" | "annotations" | "id">> & {
  id: null;
  panels: (AnyPanel | Row)[];
  annotations: { list: Annotation[] };
};
