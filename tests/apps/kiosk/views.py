from kiosk import NAME
