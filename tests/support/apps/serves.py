import asyncio


async def serve():
    await asyncio.Event().wait()


asyncio.run(serve())
