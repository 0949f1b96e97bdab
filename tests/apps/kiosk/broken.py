import kiosk.gone
