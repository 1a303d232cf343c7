{{- define "flawline.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 45 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 45 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "flawline.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "flawline.labels" -}}
{{ include "flawline.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* A pod that leaves for good must end its session, and then another must be there to take what comes. */ -}}
{{- define "flawline.onStop" -}}
{{- if .Values.autoscaling.enabled -}}
{{- if lt (int .Values.autoscaling.minReplicas) 2 }}{{ fail "autoscaling.minReplicas must be at least 2: a lone member that retires leaves nobody to take pictures" }}{{ end -}}
retire
{{- else -}}
{{- if and (eq .Values.onStop "retire") (lt (int .Values.replicas) 2) }}{{ fail "onStop: retire needs at least 2 replicas: a lone member that retires leaves nobody to take pictures" }}{{ end -}}
{{ .Values.onStop }}
{{- end -}}
{{- end }}
