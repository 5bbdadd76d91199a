"""Calls the services of the tests with grpcio. Prints what it has received, as JSON.

grpcio.py <host:port> <descriptor set>
"""

import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

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
                "late": failure(wait, message("GreetRequest")(), timeout=0.3)[0],
            }
        )
    )
