"""Calls the services of the tests with grpcio. Prints what it has received, as JSON.

grpcio.py <host:port> <descriptor set>
"""

import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

address, descriptors = sys.argv[1:]
files = descriptor_pb2.FileDescriptorSet.FromString(open(descriptors, "rb").read())
pool = descriptor_pool.DescriptorPool()
for file in files.file:
    pool.Add(file)


def message(name):
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.v1." + name))


def rpc(channel, path, request, response):
    return channel.unary_unary(
        "/shop.v1." + path,
        request_serializer=message(request).SerializeToString,
        response_deserializer=message(response).FromString,
    )


def reflected(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = descriptor_pool.DescriptorPool(database)
    desk = pool.FindServiceByName("shop.v1.Desk")
    greet = desk.FindMethodByName("Greet")
    key = pool.FindMessageTypeByName("shop.v1.AddRequest").fields_by_name["item"]
    return {
        "listed": [it for it in database.get_services() if it.startswith("shop.")],
        "greet": [greet.input_type.full_name, greet.output_type.fields[0].name],
        "hidden": desk.FindMethodByName("Hide") if "Hide" in desk.methods_by_name else None,
        "key": key.GetOptions().ByteSize() > 0,
    }


def health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    name = health_pb2.HealthCheckResponse.ServingStatus.Name
    watch = stub.Watch(health_pb2.HealthCheckRequest(service="shop.v1.Desk"))
    watched = name(next(watch).status)
    watch.cancel()
    return {
        "all": name(stub.Check(health_pb2.HealthCheckRequest()).status),
        "watched": watched,
        "unknown": failure(stub.Check, health_pb2.HealthCheckRequest(service="shop.v1.Safe"))[0],
    }


def failure(call, request, **options):
    try:
        call(request, **options)
    except grpc.RpcError as error:
        return [error.code().name, error.details()]


with grpc.insecure_channel(address, compression=grpc.Compression.Gzip) as channel:
    greet = rpc(channel, "Desk/Greet", "GreetRequest", "Greeting")
    response, call = greet.with_call(message("GreetRequest")(name="Pete"))
    long = greet(message("GreetRequest")(name="x" * 3000))
    add = rpc(channel, "Stock/Add", "AddRequest", "Pieces")
    order = [("idempotency-key", "order-7")]
    pieces = [add(message("AddRequest")(item="tea", pieces=2), metadata=order) for _ in range(2)]
    fail = rpc(channel, "Desk/Fail", "FailRequest", "Greeting")
    wait = rpc(channel, "Desk/Wait", "GreetRequest", "Greeting")
    print(
        json.dumps(
            {
                "text": response.text,
                "hasId": dict(call.initial_metadata())["x-restate-id"].startswith("inv_1"),
                "long": len(long.text),
                "pieces": [it.pieces for it in pieces],
                "failed": failure(
                    fail, message("FailRequest")(code=409, message="100 % no, Zoë", rpc_code=6)
                ),
                "reflected": reflected(channel),
                "health": health(channel),
                "late": failure(wait, message("GreetRequest")(), timeout=0.3)[0],
            }
        )
    )
