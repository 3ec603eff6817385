"""Things: sensors, a press with its control, cameras and desk phones."""

from __future__ import annotations

from capture_agent.demonstration.cast import MACHINES, remote
from capture_agent.demonstration.conversation import CLIENT, SERVER
from capture_agent.demonstration.payloads import things, tls
from capture_agent.demonstration.scene import Scene


def report(scene: Scene) -> None:
    """Publish a temperature over MQTT every five seconds."""
    readings = [f"{20 + n % 7 / 10:.1f}" for n in range(int(scene.seconds // 5) - 2)]
    lines = things.mqtt_session("thermostat-1", "building/floor1/temperature", readings)
    connection = scene.tcp(MACHINES["thermostat"].v4, MACHINES["mqtt-broker"].v4, 1883, 1.5)
    scene.add(connection.open().talk(lines, 4.99).close())


def control(scene: Scene) -> None:
    """Read the registers of the press twice a second over Modbus."""
    connection = scene.tcp(MACHINES["hmi-press"].v4, MACHINES["plc-press"].v4, 502, 0.8).open()
    for number in range(int((scene.seconds - 4) * 2)):
        connection.talk(things.modbus_poll(number), 0.01).wait(0.47)
    scene.add(connection.close())


def film(scene: Scene) -> None:
    """Send the cameras' pictures to the NAS: one RTSP session each, interleaved in TCP."""
    for name in ("camera-door", "camera-yard"):
        begin = scene.random.uniform(0.5, 2)
        connection = scene.tcp(MACHINES["nas"].v4, MACHINES[name].v4, 554, begin).open()
        uri = f"rtsp://{MACHINES[name].v4.address}/axis-media/media.amp"
        for number, verb in enumerate(("OPTIONS", "DESCRIBE", "PLAY"), 1):
            asked = f"{verb} {uri} RTSP/1.0\r\nCSeq: {number}\r\nUser-Agent: recorder/4\r\n\r\n"
            answered = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\nServer: camera\r\n\r\n"
            connection.ask(asked.encode(), answered.encode())
        while connection.now < scene.start + scene.seconds - 3:
            connection.stream(SERVER, 200_000, 1.0, 50_000)
        scene.add(connection.close())


def call(scene: Scene) -> None:
    """Call by way of the PBX and talk for 20 seconds at a time, 50 packets a second each way."""
    length, pbx = 20, MACHINES["pbx"].v4
    for number, at in enumerate(range(15, int(scene.seconds) - length - 5, 60)):
        caller = MACHINES[f"phone-desk-{number % 2 + 1}"].v4
        lines = things.sip_call("101", "102", "pbx.office.example", caller.address)
        scene.udp(caller, pbx, (5060, 5060), at, lines, 0.3)
        speech = [
            (side, things.rtp(index, 0x1000 + side, f"speech {side}"))
            for index in range(length * 50)
            for side in (CLIENT, SERVER)
        ]
        scene.udp(caller, pbx, (16_384 + 2 * number, 17_000), at + 1.5, speech, 0.01)


def update(scene: Scene) -> None:
    """Let the thermostat ask its maker for news over TLS."""
    hello = tls.Hello("updates.thermostat.example", tls.TLS13)
    for at in range(30, int(scene.seconds) - 5, 120):
        maker = remote("192.0.2.60")
        scene.lookup(MACHINES["thermostat"].v4, hello.server_name, at, (maker.address,))
        connection = scene.tcp(MACHINES["thermostat"].v4, maker, 443, at + 0.1)
        scene.add(connection.open().ask(hello.record(), tls.flight13(hello)).close())
