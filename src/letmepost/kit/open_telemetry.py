"""Spans by the OpenTelemetry SDK, sent by OTLP over HTTP. Imported only where that is set."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from letmepost.kit.traces import Headers, Kind, Value, trace_by

_KINDS: Mapping[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "internal": SpanKind.INTERNAL,
    "consumer": SpanKind.CONSUMER,
    "client": SpanKind.CLIENT,
}
_PROPAGATED = (b"traceparent", b"tracestate")


class OpenTelemetry:
    """Makes spans by a provider of its own.

    It is not the provider of the whole process, so a library with spans of its own sends nothing:
    what it would put into them is not ours to vouch for.
    """

    def __init__(self, processor: SpanProcessor, instance: str) -> None:
        resource = Resource.create({SERVICE_NAME: "letmepost", SERVICE_INSTANCE_ID: instance})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("letmepost")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self, name: str, kind: Kind, attributes: Mapping[str, Value], caller: Headers
    ) -> Iterator[Span]:
        """A span around a block; an exception that leaves it marks it with its class."""
        carrier = {
            key.decode(): value.decode("latin-1") for key, value in caller if key in _PROPAGATED
        }
        with self._tracer.start_as_current_span(
            name,
            context=self._propagator.extract(carrier) if carrier else None,
            kind=_KINDS[kind],
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as made:
            try:
                yield made
            except BaseException as error:
                made.set_status(StatusCode.ERROR)
                made.set_attribute("error.type", type(error).__name__)
                raise

    def describe(self, attributes: Mapping[str, Value]) -> None:
        """Note facts at the current span."""
        get_current_span().set_attributes(attributes)

    def close(self) -> None:
        """Send what is left; this blocks for a moment."""
        self._provider.shutdown()


def trace_to(url: str, instance: str) -> OpenTelemetry:
    """Send the spans of this process to a collector, in batches from a thread of its own."""
    tracing = OpenTelemetry(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)), instance)
    trace_by(tracing)
    return tracing
